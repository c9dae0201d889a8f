#include "engine/container_config.h"

#include <sys/utsname.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr size_t kShortId = 12;

using Words = std::vector<std::string>;

void append(Words& to, const Words& words) {
  to.insert(to.end(), words.begin(), words.end());
}

// "NAME=value" over an entry of the same name, else at the end.
void set_variable(Words& env, const std::string& variable) {
  const std::string_view prefix = std::string_view(variable).substr(0, variable.find('=') + 1);
  const auto same = [&](const std::string& entry) { return entry.starts_with(prefix); };
  const auto at = std::find_if(env.begin(), env.end(), same);
  if (at == env.end()) {
    env.push_back(variable);
  } else {
    *at = variable;
  }
}

const std::string& first_of(const std::string& users, const std::string& images) {
  return users.empty() ? images : users;
}

}  // namespace

Words command_line(const ContainerConfig& config) {
  const oci::ContainerDefaults& image = config.image_defaults;
  Words argv;
  if (config.entrypoint) {
    if (!config.entrypoint->empty()) argv.push_back(*config.entrypoint);
    append(argv, config.args);
  } else {
    append(argv, image.entrypoint.value_or(Words()));
    append(argv, config.args.empty() ? image.cmd.value_or(Words()) : config.args);
  }
  if (argv.empty()) throw_error(ErrorKind::invalid, "No command specified");
  return argv;
}

Words environment(const ContainerConfig& config, std::string_view hostname, Words* skipped) {
  Words env = {kDefaultPath};
  if (!hostname.empty()) env.push_back(cat("HOSTNAME=", hostname));
  if (config.tty) env.push_back("TERM=xterm");
  for (const std::string& variable : config.image_defaults.env) {
    // security: an entry without "=" is data of the image, never a request for the host's variable of that name.
    const size_t equals = variable.find('=');
    if (equals != std::string::npos && equals != 0) {
      set_variable(env, variable);
    } else if (skipped != nullptr) {
      skipped->push_back(variable);
    }
  }
  for (const std::string& variable : config.env) set_variable(env, variable);
  return env;
}

std::string working_dir(const ContainerConfig& config) {
  return oci::clean_path("", first_of(config.working_dir, config.image_defaults.working_dir));
}

std::string user(const ContainerConfig& config) {
  return first_of(config.user, config.image_defaults.user);
}

std::string stop_signal(const ContainerConfig& config) {
  return first_of(first_of(config.stop_signal, config.image_defaults.stop_signal), "SIGTERM");
}

std::map<std::string, std::string> labels(const ContainerConfig& config) {
  std::map<std::string, std::string> out = config.labels;
  out.insert(config.image_defaults.labels.begin(), config.image_defaults.labels.end());  // keeps the user's
  return out;
}

std::string hostname(const ContainerConfig& config, std::string_view id) {
  if (config.uts_mode == "host") return "";
  if (!config.hostname.empty()) return config.hostname;
  struct utsname host;
  // What talks on the host's network goes by the host's name, as with docker.
  if (config.network == "host" && ::uname(&host) == 0) return host.nodename;
  return std::string(id.substr(0, kShortId));
}

}  // namespace minidock::engine
