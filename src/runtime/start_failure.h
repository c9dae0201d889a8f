// The start of a process failed in one of its steps.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "runtime/init/channel.h"

namespace minidock::runtime {

// exit_code() is what the caller's process returns: 127 the command was not found, 126 it is not executable, else 125.
// what() is the whole line for the terminal; step() the name of the failed step.
class StartFailure : public Error {
 public:
  StartFailure(ErrorKind kind, const std::string& message, int error_number, int exit_code, std::string step)
      : Error(kind, message, error_number), exit_code_(exit_code), step_(std::move(step)) {}
  int exit_code() const { return exit_code_; }
  const std::string& step() const { return step_; }
  // A second line, for the terminal alone: what is wrong with the command and how to mend it; "" where nobody looked.
  // The command itself was not found or cannot be executed.
  bool is_of_command() const { return exit_code_ == 126 || exit_code_ == 127; }
  const std::string& diagnosis() const { return diagnosis_; }
  StartFailure with_exit_code(int exit_code) const {
    StartFailure out = *this;
    out.exit_code_ = exit_code;
    return out;
  }
  StartFailure with_diagnosis(std::string diagnosis) const {
    StartFailure out = *this;
    out.diagnosis_ = std::move(diagnosis);
    return out;
  }

 private:
  int exit_code_;
  std::string step_;
  std::string diagnosis_;
};

// From a Report{failed}, whose texts it checks. `what` begins the message of all but a refused command.
StartFailure failure_of(init::Report report, std::string_view what = "cannot start container");

}  // namespace minidock::runtime
