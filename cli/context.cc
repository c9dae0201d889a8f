#include "cli/context.h"

#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "config/load.h"

namespace minidock::cli {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

namespace {

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

// Everything of another store's is its own: the run directory of one that was named is the same at every call.
std::string default_run_root(const config::Settings& settings) {
  const std::string usual = geteuid() == 0 ? "/run/minidock" : user_run_root();
  return settings.root.origin.given() ? cat(usual, "-", short_hash(settings.root.value)) : usual;
}

}  // namespace

config::Settings load_settings(const GlobalOptions& options) {
  config::Settings settings =
      config::load(config::choose_files(options.config_file, environment), environment, options.settings);
  std::string& root = settings.root.value;
  if (settings.root.origin.given()) {
    root = absolute_path(root);
  } else {
    root = geteuid() == 0 ? "/var/lib/minidock" : user_root();
  }
  std::string& run_root = settings.run_root.value;
  run_root = settings.run_root.origin.given() ? absolute_path(run_root) : default_run_root(settings);
  return settings;
}

engine::Location locate(const config::Settings& settings) {
  engine::Location location = {settings.root.value, settings.run_root.value, settings.storage_driver.value};
  // A file settles what new stores are made with, and one that is there keeps its driver; who names one on the command
  // line or in the environment means this store, and is told where it has another.
  const bool by_file = settings.storage_driver.origin.source == config::Origin::Source::file;
  if (by_file && exists_at(AT_FDCWD, location.root + "/tmp")) location.driver.clear();
  return location;
}

const config::Settings& Context::settings() {
  if (!settings_) settings_ = std::make_shared<config::Settings>(load_settings(options_));
  return *settings_;
}

namespace {

engine::TrustPolicy trust_policy(const config::Settings& settings) {
  using Demand = engine::TrustRule::Demand;
  std::vector<engine::TrustRule> rules;
  for (const config::Trust& trust : settings.trust) {
    const Demand demand = trust.accept ? Demand::accept : trust.reject ? Demand::reject : Demand::signature;
    rules.push_back({trust.name, demand, trust.keys, trust.origin.text()});
  }
  return engine::TrustPolicy(std::move(rules));
}

}  // namespace

engine::Engine& Context::engine() {
  if (!engine_) {
    engine_ = std::make_shared<engine::Engine>(location());
    engine_->use_trust(trust_policy(settings()));
  }
  return *engine_;
}

}  // namespace minidock::cli
