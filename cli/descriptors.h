// The descriptors that a program of ours begins with.
#pragma once

namespace minidock::cli {

// Descriptors 0 to 2 always name something: else the next file opened, a database perhaps, would become standard
// output.
void ensure_standard_descriptors();

}  // namespace minidock::cli
