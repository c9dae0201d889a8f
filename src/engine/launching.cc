#include "engine/launching.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/command_facts.h"
#include "engine/container_cgroup.h"
#include "engine/events.h"
#include "engine/firewall_warnings.h"
#include "engine/identity_files.h"
#include "engine/leftovers.h"
#include "engine/mount_sources.h"
#include "engine/restart_policy.h"
#include "engine/spec_builder.h"
#include "linux/capabilities.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

// Docker's text for an image of another machine; binfmt_misc may well run it, so it is no refusal.
void warn_of_platform(const oci::ImageConfig& image, std::vector<std::string>& warnings) {
  const std::string host = oci::host_architecture();
  if (image.architecture.empty() || image.architecture == host) return;
  warnings.push_back(cat("The requested image's platform (", printable(image.os), "/", printable(image.architecture),
                         ") does not match the detected host platform (linux/", host,
                         ") and no specific platform was requested"));
}

bool has_mount_at(const ContainerConfig& config, const std::string& path) {
  const std::string target = oci::clean_path("", path);
  return std::any_of(config.mounts.begin(), config.mounts.end(),
                     [&](const MountOption& mount) { return oci::clean_path("", mount.target) == target; });
}

// --volumes-from: the other's volumes and directories of the host, where the user put nothing.
void add_volumes_of_others(store::Store& store, ContainerConfig& config) {
  for (const std::string& text : config.volumes_from) {
    const size_t colon = text.find(':');
    const std::string mode = colon == std::string::npos ? "rw" : text.substr(colon + 1);
    if (mode != "rw" && mode != "ro" && mode != "z" && mode != "Z") {
      throw_error(ErrorKind::invalid, "invalid mode: ", printable(mode));
    }
    const store::ContainerRow row = store.load_container(text.substr(0, colon));
    for (MountOption& mount : parse_container_config(row.config_json).mounts) {
      if (mount.type == "tmpfs" || has_mount_at(config, mount.target)) continue;
      if (mount.type == "volume" && mount.anonymous) store.keep_volume(mount.source);
      mount.read_only |= mode == "ro";
      config.mounts.push_back(std::move(mount));
    }
  }
}

// --network container:NAME: whose namespace it is does not change with names.
void settle_network(store::Store& store, ContainerConfig& config) {
  if (!config.network.starts_with(kContainerMode)) return;
  const store::ContainerRow other = store.load_container(config.network.substr(kContainerMode.size()));
  const std::string name = hostname(parse_container_config(other.config_json), other.id);
  if (!config.hostname.empty() && config.hostname != name) {
    throw_error(ErrorKind::invalid, "conflicting options: hostname and the network mode");
  }
  config.network = cat(kContainerMode, other.id);
  config.hostname = name;
}

// The image's own volumes, where the user put nothing.
void add_image_volumes(ContainerConfig& config) {
  for (const std::string& volume : config.image_defaults.volumes) {
    const std::string target = oci::clean_path("", volume);
    if (has_mount_at(config, target)) continue;
    MountOption mount;
    mount.type = "volume";
    mount.target = target;
    mount.anonymous = true;
    config.mounts.push_back(mount);
  }
}

}  // namespace

std::vector<std::string> own_command(const store::Location& location, const std::string& verb, const std::string& id) {
  // It ends what this command began, whatever is written into the configuration meanwhile.
  return {"minidock", "--config-file", "/dev/null", "--root", location.root, "--run-root", location.run_root, verb, id};
}

store::ImageRow image_of(store::Store& store, const store::ContainerRow& row) {
  auto image = store.find_image(row.image.text());
  if (!image) throw_error(ErrorKind::not_found, "No such image: ", row.image.text());
  return std::move(*image);
}

store::ImageRow complete_config(store::Store& store, const TrustPolicy& trust, ContainerConfig& config,
                                std::vector<std::string>& warnings) {
  store::ImageRow image = store.load_image(config.image);
  // race: judged is what the name stands for now, and that is what is used.
  require_trusted_image(trust, store, image, config.image);
  const oci::ImageConfig parsed = oci::parse_image_config(image.config_json);
  warn_of_platform(parsed, warnings);
  config.image_defaults = parsed.config;
  add_volumes_of_others(store, config);
  settle_network(store, config);
  validate(config);
  settle_mounted_images(store, trust, config);
  add_image_volumes(config);
  return image;
}

std::string exit_record_path(const store::Store& store, const store::ContainerRow& row) {
  return cat(row.ephemeral ? store.run_directory(row.id) : store.container_directory(row.id), "/exit");
}

std::string started_mark_path(const store::Store& store, const store::ContainerRow& row) {
  return store.container_directory(row.id) + "/started";
}

monitor::LaunchRequest prepare_launch(store::Store& store, const store::ContainerRow& row,
                                      const ContainerConfig& config, const store::ImageRow& image,
                                      const NetworkPlace& network, std::vector<std::string>& warnings) {
  linux::HostFacts facts = linux::read_host_facts();
  linux::require_container_support(facts);
  const CgroupPlace cgroup = new_cgroup_place(store.location(), row.id, config.cgroup_parent);
  read_parents(facts.cgroups, cgroup);
  ContainerPlace place;
  place.id = row.id;
  place.cgroup = cgroup.path;
  place.directory = store.container_directory(row.id);
  place.layers = store.open_layers(image);
  place.network_path = network.joined_path();
  const std::string& joined = network.joined_container();
  if (!joined.empty()) place.identity_directory = store.container_directory(joined);
  place_mounts(store, config, place);
  runtime::Bundle bundle = build_bundle(config, place, facts, warnings);
  bundle.cgroup_unit = unit_cgroup(cgroup.path);
  network.add_to(bundle);
  bundle.seccomp_filter =
      seccomp_filter(config, granted_capabilities(config, facts), store.location().root + "/cache/seccomp");
  monitor::LaunchRequest request;
  request.plan = runtime::plan(bundle, facts);
  warnings.insert(warnings.end(), request.plan.warnings.begin(), request.plan.warnings.end());
  warn_of_other_firewalls(store, network.record(), warnings);
  write_identity_files(config, row.id, network.record(), network.has_resolver(), place.directory);
  add_unit(facts.cgroups, cgroup, request);
  network.add_to(request);
  request.run_directory = store.run_directory(row.id);
  request.exit_path = exit_record_path(store, row);
  request.durable_exit = !row.ephemeral;
  request.log_path = place.directory + "/log";
  add_log(row, config, request);
  request.open_stdin = config.open_stdin;
  request.stdin_once = config.stdin_once;
  request.terminal = config.tty;
  request.run_timeout = config.run_timeout * kSecond;
  if (row.ephemeral) request.cleanup = own_command(store.location(), "__cleanup", row.id);
  add_restart_policy(store, row, config, request);
  request.events = monitor_events(store, row, config);
  add_health_check(store, row, config, request);
  return request;
}

monitor::Session launch(store::Store& store, const store::ContainerRow& row, const monitor::LaunchRequest& request,
                        NetworkPlace& network) {
  store.mark_live(row.id);
  write_network_record(request.run_directory, network.record());
  const std::string mark = started_mark_path(store, row);
  // Without it a container that was running when the machine went down would look as if it had never run.
  if (!row.ephemeral) write_file(AT_FDCWD, mark, rfc3339(now()));
  // order: before there is a cgroup, so that whoever ends the container knows of it, whenever this command is killed.
  record_cgroup_path(store, row.id, request.plan.cgroup_path);
  try {
    record_connections(store, row, network.record());
    monitor::Session session = monitor::Session::launch(request);
    network.keep();
    return session;
  } catch (const monitor::StartFailure& failure) {
    if (!row.ephemeral) {
      discard_file(AT_FDCWD, mark);
      monitor::ExitRecord record;
      record.code = failure.exit_code();
      record.error = failure.what();
      monitor::write_exit_record(request.exit_path, record);
    }
    if (!failure.is_of_command()) throw;
    throw failure.with_diagnosis(diagnose_command(store, row, parse_container_config(row.config_json)));
  }
}

}  // namespace minidock::engine
