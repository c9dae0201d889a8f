#include <nlohmann/json.hpp>

#include "oci/json_fields.h"
#include "oci/spec.h"
#include "oci/spec_parse_linux.h"

namespace minidock::oci {

namespace {

constexpr const char* kDocument = "config.json";
constexpr const char* kHookPoints[] = {"prestart",       "createRuntime", "createContainer",
                                       "startContainer", "poststart",     "poststop"};

User read_user(const JsonReader& from) {
  User user;
  from.read("uid", user.uid);
  from.read("gid", user.gid);
  from.read("additionalGids", user.additional_gids);
  from.read("umask", user.umask);
  from.read("minidock.lookup", user.lookup);
  from.read("minidock.addGroups", user.add_groups);
  return user;
}

Capabilities read_capabilities(const JsonReader& from) {
  Capabilities out;
  from.read("bounding", out.bounding);
  from.read("effective", out.effective);
  from.read("permitted", out.permitted);
  from.read("inheritable", out.inheritable);
  from.read("ambient", out.ambient);
  return out;
}

std::vector<Rlimit> read_rlimits(const JsonReader& from) {
  std::vector<Rlimit> out;
  for (const JsonReader& element : from.list("rlimits")) {
    Rlimit limit;
    element.read("type", limit.type);
    element.read("soft", limit.soft);
    element.read("hard", limit.hard);
    if (limit.type.empty()) element.fail("type", "is missing");
    out.push_back(limit);
  }
  return out;
}

Process read_process(const JsonReader& from) {
  Process out;
  from.read("terminal", out.terminal);
  if (const auto size = from.find("consoleSize")) {
    size->read("height", out.rows);
    size->read("width", out.columns);
  }
  if (const auto user = from.find("user")) out.user = read_user(*user);
  from.read("args", out.args);
  from.read("env", out.env);
  from.read("cwd", out.cwd);
  if (const auto capabilities = from.find("capabilities")) out.capabilities = read_capabilities(*capabilities);
  out.rlimits = read_rlimits(from);
  from.read("noNewPrivileges", out.no_new_privileges);
  from.read("apparmorProfile", out.apparmor_profile);
  from.read("oomScoreAdj", out.oom_score_adj);
  return out;
}

std::vector<Mount> read_mounts(const JsonReader& from) {
  std::vector<Mount> out;
  for (const JsonReader& element : from.list("mounts")) {
    Mount mount;
    element.read("destination", mount.destination);
    element.read("type", mount.type);
    element.read("source", mount.source);
    element.read("options", mount.options);
    if (mount.destination.empty()) element.fail("destination", "is missing");
    out.push_back(mount);
  }
  return out;
}

std::vector<Hook> read_hooks(const JsonReader& from, const char* point) {
  std::vector<Hook> out;
  for (const JsonReader& element : from.list(point)) {
    Hook hook;
    element.read("path", hook.path);
    element.read("args", hook.args);
    element.read("env", hook.env);
    element.read("timeout", hook.timeout);
    if (!hook.path.starts_with('/')) element.fail("path", "must be an absolute path");
    // spec: config.md "POSIX-platform Hooks": the timeout must be greater than zero.
    if (hook.timeout && *hook.timeout <= 0) element.fail("timeout", "must be greater than zero");
    out.push_back(hook);
  }
  return out;
}

}  // namespace

Spec parse_spec(std::string_view text) {
  const nlohmann::json document = parse_json(text, kDocument, ErrorKind::invalid);
  const JsonReader from(document, kDocument, ErrorKind::invalid);
  Spec spec;
  // spec: config.md: ociVersion is the one field that every config.json must have.
  if (!from.has("ociVersion")) from.fail("ociVersion", "is missing");
  from.read("ociVersion", spec.oci_version);
  if (const auto process = from.find("process")) spec.process = read_process(*process);
  if (const auto root = from.find("root")) {
    root->read("path", spec.root_path);
    root->read("readonly", spec.root_readonly);
  }
  from.read("hostname", spec.hostname);
  from.read("domainname", spec.domainname);
  spec.mounts = read_mounts(from);
  from.read("annotations", spec.annotations);
  if (const auto linux_ = from.find("linux")) spec.linux_ = read_linux(*linux_);
  if (const auto hooks = from.find("hooks")) {
    for (const char* point : kHookPoints) {
      auto list = read_hooks(*hooks, point);
      if (!list.empty()) spec.hooks[point] = std::move(list);
    }
  }
  return spec;
}

}  // namespace minidock::oci
