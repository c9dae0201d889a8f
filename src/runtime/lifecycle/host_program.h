// A program of the host, by its name along PATH and with our environment.
#pragma once

#include <string>
#include <vector>

namespace minidock::runtime {

struct ProgramPlace {
  int output = -1;   // borrowed: takes its standard output and error; -1: they go where ours go
  std::string root;  // a directory that is to be a mount, in a mount namespace of the program's own; "" for none
};

// Waits for its end: the status as waitpid(2) gives it, exit 127 where it cannot be executed. `words` without its name.
int run_program(const std::string& program, const std::vector<std::string>& words, const ProgramPlace& place);

}  // namespace minidock::runtime
