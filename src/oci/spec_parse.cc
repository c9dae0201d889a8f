#include "base/text.h"
#include "oci/spec_parts.h"

namespace minidock::oci {

namespace {

constexpr const char* kSpecDocument = "config.json";
constexpr const char* kHookPoints[] = {"prestart",       "createRuntime", "createContainer",
                                       "startContainer", "poststart",     "poststop"};

std::vector<Mount> read_mounts(const JsonReader& from) {
  std::vector<Mount> out;
  for (const JsonReader& element : from.list("mounts")) {
    Mount mount;
    read_required(element, "destination", mount.destination);
    element.read("type", mount.type);
    element.read("source", mount.source);
    element.read("options", mount.options);
    mount.uid_mappings = read_mappings(element, "uidMappings");
    mount.gid_mappings = read_mappings(element, "gidMappings");
    if (mount.uid_mappings.empty() != mount.gid_mappings.empty())
      element.fail("uidMappings", "expected together with gidMappings");
    out.push_back(std::move(mount));
  }
  return out;
}

std::vector<Hook> read_hooks(const JsonReader& from, const char* point) {
  std::vector<Hook> out;
  for (const JsonReader& element : from.list(point)) {
    Hook hook;
    read_absolute(element, "path", hook.path);
    element.read("args", hook.args);
    element.read("env", hook.env);
    element.read("timeout", hook.timeout);
    // spec: config.md "POSIX-platform Hooks": the timeout must be greater than zero.
    if (hook.timeout && *hook.timeout <= 0) element.fail("timeout", "expected integer greater than zero");
    out.push_back(std::move(hook));
  }
  return out;
}

// spec: config.md: ociVersion is the one field that every config.json must have. 1.x stays compatible.
void read_version(const JsonReader& from, std::string& out) {
  read_required(from, "ociVersion", out);
  const std::vector<std::string> parts = split(std::string_view(out).substr(0, out.find_first_of("-+")), '.');
  const bool three_numbers = parts.size() == 3 && parse_int(parts[0]) && parse_int(parts[1]) && parse_int(parts[2]);
  if (!three_numbers) from.fail("ociVersion", "expected version such as 1.2.0");
  if (parts[0] != "1") from.fail("ociVersion", cat("version ", out, " is not supported: expected 1.x"));
}

void read_annotations(const JsonReader& from, std::map<std::string, std::string>& out) {
  from.read("annotations", out);
  // spec: config.md "Annotations": keys must not be an empty string.
  if (out.contains("")) from.fail("annotations", "expected keys that are not empty");
}

}  // namespace

void read_required(const JsonReader& from, const char* key, std::string& out) {
  from.read(key, out);
  if (!from.has(key) || out.empty()) from.fail(key, "is missing");
}

void read_absolute(const JsonReader& from, const char* key, std::string& out) {
  read_required(from, key, out);
  if (!out.starts_with('/')) from.fail(key, "expected absolute path");
}

Spec parse_spec(std::string_view text) {
  const nlohmann::json document = parse_json(text, kSpecDocument, ErrorKind::invalid);
  const JsonReader from(document, kSpecDocument, ErrorKind::invalid);
  Spec spec;
  read_version(from, spec.oci_version);
  if (const auto process = from.find("process")) {
    spec.process = read_process(*process);
    spec.has_process = true;
  }
  // spec: config.md "Root": required on every platform that has a root file system.
  const auto root = from.find("root");
  if (!root) from.fail("root", "is missing");
  read_required(*root, "path", spec.root_path);
  root->read("readonly", spec.root_readonly);
  from.read("hostname", spec.hostname);
  from.read("domainname", spec.domainname);
  spec.mounts = read_mounts(from);
  read_annotations(from, spec.annotations);
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
