// The program: global options, the verb, its errors, its exit status.
#pragma once

namespace minidock::cli {

int run_program(int argc, char** argv);

}  // namespace minidock::cli
