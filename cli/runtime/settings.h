// The global options of the OCI runtime's command line, which stand before the verb, and its log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace minidock::cli {

enum class LogFormat { text, json };

class RuntimeSettings {
 public:
  std::string root;                        // --root; "" the default
  bool systemd_cgroup = false;             // --systemd-cgroup
  std::string criu = "criu";               // --criu
  bool debug = false;                      // --debug
  LogFormat log_format = LogFormat::text;  // --log-format

  // The directory of the containers' states: absolute. Root's is /run/minidock-runtime.
  std::string state_root() const;
  // Of compiled filters; "" for none.
  std::string cache_directory() const;
  // Throws where the file cannot be opened. It is made where it is missing, and appended to.
  void open_log(const std::string& path);

  // An error is the last line of the log, and the same text is on standard error: both are what callers read.
  void log_error(const std::string& message);
  // Kept until the command has succeeded: callers expect the log of one that failed to be that one line.
  void warn(const std::vector<std::string>& messages);
  void flush_warnings();
  void log_debug(const std::string& message) const;

 private:
  void write(std::string_view level, const std::string& message) const;

  Fd log_;
  std::vector<std::string> warnings_;
};

// One line, ended by a newline: {"level":"error","msg":"…","time":"2026-01-02T03:04:05Z"} or
// time="2026-01-02T03:04:05Z" level=error msg="…".
std::string log_line(LogFormat format, std::string_view level, std::string_view message, std::string_view time);

}  // namespace minidock::cli
