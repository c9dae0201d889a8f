#include "cli/log_defaults.h"

#include "engine/launching.h"

namespace minidock::cli {

void check_log_defaults(const config::Settings& settings) {
  for (const auto& [name, option] : settings.log_opts) {
    engine::ContainerConfig alone;
    alone.log_driver = settings.log_driver.value;
    alone.log_options[name] = option.value;
    try {
      engine::log_settings(alone);
    } catch (const Error& error) {
      config::text_value("log-opts", name, option.origin, option.value).refuse(error.what());
    }
  }
}

void add_log_defaults(engine::ContainerConfig& config, bool driver_given, const config::Settings& settings) {
  if (!driver_given) config.log_driver = settings.log_driver.value;
  if (config.log_driver != settings.log_driver.value) return;
  check_log_defaults(settings);
  for (const auto& [name, option] : settings.log_opts) config.log_options.emplace(name, option.value);
}

}  // namespace minidock::cli
