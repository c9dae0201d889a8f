#include "cli/runtime/settings.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/context.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

// Go's %q, which readers of logs know: quotes and backslashes escaped, control bytes too.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char letter : printable(text)) {
    if (letter == '"') out += '\\';
    out += letter;
  }
  return out + '"';
}

std::string log_time() {
  return rfc3339(now() / kSecond * kSecond);  // in whole seconds
}

std::string default_runtime_root() {
  if (geteuid() == 0) return "/run/minidock-runtime";
  const char* run = std::getenv("XDG_RUNTIME_DIR");
  return run && *run ? cat(std::string_view(run), "/minidock-runtime") : cat("/tmp/minidock-runtime-", geteuid());
}

}  // namespace

std::string log_line(LogFormat format, std::string_view level, std::string_view message, std::string_view time) {
  if (format == LogFormat::text) return cat("time=\"", time, "\" level=", level, " msg=", quoted(message), "\n");
  const nlohmann::ordered_json line = {{"level", level}, {"msg", message}, {"time", time}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string RuntimeSettings::state_root() const {
  return root.empty() ? default_runtime_root() : absolute_path(root);
}

std::string RuntimeSettings::cache_directory() const {
  // security: whoever writes there decides what filters let through; only root's /run is sure to be the caller's.
  return geteuid() == 0 ? default_runtime_root() + "-cache" : "";
}

void RuntimeSettings::open_log(const std::string& path) {
  log_ = open_file(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0644);
}

void RuntimeSettings::write(std::string_view level, const std::string& message) const {
  const std::string line = log_line(log_format, level, message, log_time());
  // One write: commands that share a log do not mix their lines. A full disk must not hide the error itself.
  [[maybe_unused]] const ssize_t written = ::write(log_ ? log_.get() : STDERR_FILENO, line.data(), line.size());
}

void RuntimeSettings::log_error(const std::string& message) {
  if (log_) write("error", message);
  print_error(cat("minidock-runtime: ", message));
}

void RuntimeSettings::warn(const std::vector<std::string>& messages) {
  warnings_.insert(warnings_.end(), messages.begin(), messages.end());
}

void RuntimeSettings::flush_warnings() {
  for (const std::string& message : warnings_) write("warning", message);
  warnings_.clear();
}

void RuntimeSettings::log_debug(const std::string& message) const {
  if (debug) write("debug", message);
}

}  // namespace minidock::cli
