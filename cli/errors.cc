#include "cli/errors.h"

#include <unistd.h>

#include "runtime/start_failure.h"

namespace minidock::cli {

std::string error_line(const Error& error) {
  const std::string message = error.what();
  if (error.kind() == ErrorKind::not_found && message.starts_with("No such ")) return cat("Error: ", message);
  const auto* start = dynamic_cast<const runtime::StartFailure*>(&error);
  const bool diagnosed = start != nullptr && !start->diagnosis().empty();
  return cat("minidock: ", message, diagnosed ? cat("\nminidock: ", start->diagnosis()) : "");
}

void print_error(std::string_view line) {
  const std::string text = cat(line, '\n');
  // One write: lines of commands that run side by side do not mix.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

void print_warning(std::string_view text) {
  print_error(cat("WARNING: ", text));
}

}  // namespace minidock::cli
