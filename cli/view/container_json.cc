#include "cli/view/container_json.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/version.h"
#include "cli/view/host_view.h"
#include "cli/view/network_json.h"
#include "cli/view/ports.h"
#include "cli/view/tree_size.h"

namespace minidock::cli {
namespace {

using engine::ContainerState;
using engine::ContainerView;

std::string moment(Nanoseconds instant) {
  return instant == 0 ? "0001-01-01T00:00:00Z" : rfc3339(instant);
}

Json health_json(const engine::Health& health) {
  Json log = Json::array();
  for (const engine::ProbeResult& result : health.log) {
    log.push_back(Json{{"Start", moment(result.start)},
                       {"End", moment(result.end)},
                       {"ExitCode", result.exit_code},
                       {"Output", result.output}});
  }
  return Json{{"Status", engine::health_name(health.status)}, {"FailingStreak", health.failing_streak}, {"Log", log}};
}

Json state_json(const ContainerView& container) {
  const bool restarting = container.state == ContainerState::restarting;
  const bool running = container.is_up() || restarting;
  Json cgroups = Json::object();
  if (container.is_up()) cgroups = Json(cgroup_directories(container.run.pid));
  Json json = Json{{"Status", engine::state_name(container.state)},
                   {"Running", running},
                   {"Paused", container.state == ContainerState::paused},
                   {"Restarting", container.state == ContainerState::restarting},
                   {"OOMKilled", container.oom_killed},
                   {"Dead", container.state == ContainerState::dead},
                   {"Pid", container.is_up() ? container.run.pid : 0},
                   {"ExitCode", container.exit_code},
                   {"Error", container.error},
                   {"StartedAt", moment(container.started)},
                   {"FinishedAt", moment(container.is_up() ? 0 : container.finished)},
                   {"Cgroups", cgroups}};
  if (container.health()) json["Health"] = health_json(*container.health());
  return json;
}

Json mount_json(const engine::MountOption& mount, engine::Engine& engine) {
  Json json = Json{{"Type", mount.type}};
  if (mount.type == "volume") {
    json["Name"] = mount.source;
    json["Source"] = mount.source.empty() ? "" : engine.store().volume_directory(mount.source);
  } else {
    json["Source"] = mount.source;
  }
  json["Destination"] = mount.target;
  if (mount.type == "volume") json["Driver"] = "local";
  const bool named = mount.type == "volume" && !mount.anonymous;
  json["Mode"] = mount.read_only ? "ro" : named ? "z" : "";  // docker's: relabelling is what a named volume would get
  json["RW"] = !mount.read_only;
  json["Propagation"] = mount.type == "bind" && mount.propagation.empty() ? "rprivate" : mount.propagation;
  return json;
}

Json mounts_json(const engine::ContainerConfig& config, engine::Engine& engine) {
  Json mounts = Json::array();
  for (const engine::MountOption& mount : config.mounts) {
    if (mount.type != "tmpfs") mounts.push_back(mount_json(mount, engine));  // docker lists those in HostConfig only
  }
  return mounts;
}

Json graph_driver_json(const ContainerView& container, engine::Engine& engine) {
  const std::string directory = engine.store().container_directory(container.row.id);
  std::string lowers;
  if (const auto image = engine.store().find_image(container.row.image.text())) {
    lowers = join(engine.store().layer_directories(*image), ":");
  }
  // Only its own processes have it mounted; through one of them it can be looked at.
  const std::string merged = container.is_up() ? cat("/proc/", container.run.pid, "/root") : "";
  return Json{{"Data", Json{{"LowerDir", lowers},
                            {"MergedDir", merged},
                            {"UpperDir", cat(directory, "/upper")},
                            {"WorkDir", cat(directory, "/work")}}},
              {"Name", engine.store().driver_name()}};
}

Json config_json(const ContainerView& container) {
  const engine::ContainerConfig& config = container.config();
  const oci::ContainerDefaults& defaults = config.image_defaults;
  std::map<std::string, std::string> labels = config.labels;
  labels.insert(defaults.labels.begin(), defaults.labels.end());
  std::vector<std::string> environment = config.env;
  environment.insert(environment.end(), defaults.env.begin(), defaults.env.end());
  const bool own_entrypoint = config.entrypoint.has_value();
  Json entrypoint = defaults.entrypoint ? Json(*defaults.entrypoint) : Json();
  if (own_entrypoint) entrypoint = config.entrypoint->empty() ? Json() : Json::array({*config.entrypoint});
  Json command = config.args.empty() && !own_entrypoint && defaults.cmd ? Json(*defaults.cmd) : Json(config.args);
  Json volumes = Json::object();
  for (const std::string& path : defaults.volumes) volumes[path] = Json::object();
  Json ports = Json::object();
  for (const std::string& port : exposed_ports(config)) ports[port] = Json::object();
  Json json = Json{{"Hostname", config.hostname.empty() ? container.row.id.substr(0, 12) : config.hostname},
                   {"Domainname", config.domainname},
                   {"User", config.user.empty() ? defaults.user : config.user},
                   {"AttachStdin", config.stdin_once},
                   {"AttachStdout", true},
                   {"AttachStderr", true}};
  if (!ports.empty()) json["ExposedPorts"] = ports;
  json["Tty"] = config.tty;
  json["OpenStdin"] = config.open_stdin;
  json["StdinOnce"] = config.stdin_once;
  json["Env"] = environment;
  json["Cmd"] = command.empty() ? Json() : command;
  json["Image"] = container.row.image_reference;
  json["Volumes"] = volumes.empty() ? Json() : volumes;
  json["WorkingDir"] = config.working_dir.empty() ? defaults.working_dir : config.working_dir;
  json["Entrypoint"] = entrypoint;
  json["OnBuild"] = nullptr;
  json["Labels"] = Json(labels);
  const std::string& signal = config.stop_signal.empty() ? defaults.stop_signal : config.stop_signal;
  if (!signal.empty()) json["StopSignal"] = signal;
  if (config.stop_timeout) json["StopTimeout"] = *config.stop_timeout;
  if (const auto check = engine::asked_health_check(config)) {
    oci::ContainerDefaults asked;
    asked.health_check = check;
    json["Healthcheck"] = defaults_json(asked)["Healthcheck"];
  }
  if (config.health_on_failure != "none") json["HealthcheckOnFailureAction"] = config.health_on_failure;
  return json;
}

}  // namespace

Json container_json(const ContainerView& container, engine::Engine& engine, const InspectOptions& options) {
  const std::string directory = engine.store().container_directory(container.row.id);
  std::vector<std::string> command;
  try {
    command = engine::command_line(container.config());
  } catch (const Error&) {
    // nothing to run any more: Path and Args stay empty
  }
  const bool logs = container.config().log_driver == "json-file";
  Json json =
      Json{{"Id", container.row.id},
           {"Created", rfc3339(container.row.created)},
           {"Path", command.empty() ? "" : command[0]},
           {"Args", std::vector<std::string>(command.empty() ? command.end() : command.begin() + 1, command.end())},
           {"State", state_json(container)},
           {"Image", container.row.image.text()},
           {"ResolvConfPath", cat(directory, "/resolv.conf")},
           {"HostnamePath", cat(directory, "/hostname")},
           {"HostsPath", cat(directory, "/hosts")},
           {"LogPath", logs ? engine.log_path(container) : ""},
           {"Name", cat("/", container.row.name)},
           {"RestartCount", engine.restart_count(container)},
           {"Driver", engine.store().driver_name()},
           {"Platform", "linux"},
           {"MountLabel", ""},
           {"ProcessLabel", ""},
           {"AppArmorProfile", ""},
           {"ExecIDs", nullptr},
           {"HostConfig", host_config_json(container.config(), engine.protected_paths(container.config()))},
           {"GraphDriver", graph_driver_json(container, engine)}};
  if (options.sizes) {
    const uint64_t own = tree_size(cat(directory, "/upper"));
    const auto image = engine.store().find_image(container.row.image.text());
    json["SizeRw"] = own;
    json["SizeRootFs"] = own + (image ? image->size : 0);
  }
  json["Mounts"] = mounts_json(container.config(), engine);
  json["Config"] = config_json(container);
  json["NetworkSettings"] = network_settings_json(container);
  return json;
}

Json defaults_json(const oci::ContainerDefaults& defaults) {
  return Json::parse(oci::to_json(defaults));
}

}  // namespace minidock::cli
