// From files, the environment and options to Settings: what comes later wins, key by key.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace minidock::config {

// The value of a variable, "" where it is not set or empty.
using Environment = std::function<std::string(const char* name)>;

// Where to look, all of them paths: /etc/minidock/config.toml, then the user's. With `named`, or else the variable
// MINIDOCK_CONFIG_FILE, that one alone.
struct Files {
  std::vector<std::string> paths;
  bool must_be_there = false;  // as somebody named it
};
Files choose_files(const std::string& named, const Environment& environment);

// Keys of a file's text, over what is in `settings`. Throws invalid: "PATH:LINE:COLUMN: …".
void take_document(Settings& settings, std::string_view document, const std::string& path);
void take_environment(Settings& settings, const Environment& environment);
// `options` by their names: {"--root", "/srv"}. Those that are no key's are none of ours.
void take_options(Settings& settings, const std::map<std::string, std::string>& options);

// All of it. Throws invalid, permission for a file that others may write.
Settings load(const Files& files, const Environment& environment, const std::map<std::string, std::string>& options);

}  // namespace minidock::config
