#include "cli/context.h"

#include <unistd.h>

#include <cstdlib>

#include "base/file.h"

namespace minidock::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string user_root() {
  const std::string data = environment("XDG_DATA_HOME");
  if (!data.empty()) return cat(data, "/minidock");
  const std::string home = environment("HOME");
  if (home.empty()) throw_error(ErrorKind::invalid, "cannot tell where the store is: HOME is not set; use --root DIR");
  return cat(home, "/.local/share/minidock");
}

std::string user_run_root() {
  const std::string run = environment("XDG_RUNTIME_DIR");
  return run.empty() ? cat("/tmp/minidock-", geteuid()) : cat(run, "/minidock");
}

std::string first_of(const std::string& option, const char* variable) {
  return option.empty() ? environment(variable) : option;
}

}  // namespace

engine::Location locate(const GlobalOptions& options) {
  const bool is_root = geteuid() == 0;
  std::string root = first_of(options.root, "MINIDOCK_ROOT");
  std::string run_root = first_of(options.run_root, "MINIDOCK_RUN_ROOT");
  const bool own_root = !root.empty();
  root = own_root ? absolute_path(root) : is_root ? "/var/lib/minidock" : user_root();
  if (run_root.empty()) {
    run_root = is_root ? "/run/minidock" : user_run_root();
    // One store, one run directory: another store gets its own, the same at every call.
    if (own_root) run_root += cat("-", short_hash(root));
  }
  return {root, absolute_path(run_root), first_of(options.storage_driver, "MINIDOCK_STORAGE_DRIVER")};
}

engine::Engine& Context::engine() {
  if (!engine_) engine_ = std::make_shared<engine::Engine>(location());
  return *engine_;
}

}  // namespace minidock::cli
