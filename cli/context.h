// What every verb works with: where the store is, and the engine, opened when first asked for.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"

namespace minidock::cli {

struct GlobalOptions {
  std::string root, run_root, storage_driver;  // "" as long as nothing was said
  bool explain = false, debug = false;
};

// MINIDOCK_ROOT, MINIDOCK_RUN_ROOT and MINIDOCK_STORAGE_DRIVER, else /var/lib/minidock and /run/minidock for root, else
// the user's XDG directories. Relative directories are the caller's: made absolute here. Throws invalid.
engine::Location locate(const GlobalOptions& options);

class RuntimeSettings;  // cli/runtime/settings.h

class Context {
 public:
  explicit Context(GlobalOptions options) : options_(std::move(options)) {}
  explicit Context(RuntimeSettings& runtime) : runtime_(&runtime) {}

  engine::Engine& engine();  // throws what opening the store throws
  engine::Location location() const { return locate(options_); }
  bool explain() const { return options_.explain; }
  void set_explain() { options_.explain = true; }
  RuntimeSettings& runtime() const { return *runtime_; }  // for the verbs of `minidock runtime` only

 private:
  GlobalOptions options_;
  RuntimeSettings* runtime_ = nullptr;
  std::shared_ptr<engine::Engine> engine_;  // shared: minidock-runtime, which has none, need not link how to end one
};

}  // namespace minidock::cli
