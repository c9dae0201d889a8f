// What every verb works with: the settings, where the store is, and the engine, opened when first asked for.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/settings.h"
#include "engine/engine.h"

namespace minidock::cli {

struct GlobalOptions {
  std::string config_file;
  std::map<std::string, std::string> settings;  // options that are keys of the configuration: {"--root", "/srv"}
  bool explain = false, debug = false;
};

std::string environment(const char* name);  // "" where there is no such variable

// What files, environment and options say together. Where nobody named the directories of the store, they are
// /var/lib/minidock and /run/minidock for root, else the user's by XDG; relative ones are the caller's, and made
// absolute. Throws invalid, permission.
config::Settings load_settings(const GlobalOptions& options);
engine::Location locate(const config::Settings& settings);

class RuntimeSettings;  // cli/runtime/settings.h

class Context {
 public:
  explicit Context(GlobalOptions options) : options_(std::move(options)) {}
  explicit Context(RuntimeSettings& runtime) : runtime_(&runtime) {}

  engine::Engine& engine();            // throws what opening the store throws
  const config::Settings& settings();  // read when first asked for; throws as load_settings()
  engine::Location location() { return locate(settings()); }
  bool explain() const { return options_.explain; }
  void set_explain() { options_.explain = true; }
  RuntimeSettings& runtime() const { return *runtime_; }  // for the verbs of `minidock runtime` only

 private:
  GlobalOptions options_;
  RuntimeSettings* runtime_ = nullptr;
  std::shared_ptr<const config::Settings> settings_;
  // Shared: minidock-runtime, which has neither, need not link how to end one.
  std::shared_ptr<engine::Engine> engine_;
};

}  // namespace minidock::cli
