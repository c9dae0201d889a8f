#include "cli/errors.h"

#include <unistd.h>

namespace minidock::cli {

std::string error_line(const Error& error) {
  const std::string message = error.what();
  if (error.kind() == ErrorKind::not_found && message.starts_with("No such ")) return cat("Error: ", message);
  return cat("minidock: ", message);
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
