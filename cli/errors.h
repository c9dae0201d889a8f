// How failures reach the person at the terminal: one line on standard error, and an exit status.
//
//   125  an option of any verb is unknown or has a wrong value; run: minidock itself refused or failed before the
//        command started
//   126, 127  the container's command cannot be executed, was not found (monitor::StartFailure)
//   1    every other refusal; and docker's few of run that are 1 (no operand, no terminal for -it)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace minidock::cli {

// The command line itself is wrong: the second line printed points at the command's --help.
class UsageError : public Error {
 public:
  // `command` is what the user asked for: "minidock run". `status` overrides 125.
  UsageError(std::string command, const std::string& message, std::optional<int> status = std::nullopt)
      : Error(ErrorKind::invalid, message), command_(std::move(command)), status_(status) {}

  const std::string& command() const { return command_; }
  std::optional<int> status() const { return status_; }

 private:
  std::string command_;
  std::optional<int> status_;
};

// The verb ends with `status`; whatever had to be said has been said.
struct ExitWith {
  int status;
};

// "Error: No such container: web" for what docker words so, else "minidock: <message>".
std::string error_line(const Error& error);

// Writes one line to standard error, whatever standard error is: failures to write are ignored.
void print_error(std::string_view line);
void print_warning(std::string_view text);  // "WARNING: <text>"

}  // namespace minidock::cli
