#include "runtime/lifecycle/features.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "linux/capabilities.h"
#include "linux/seccomp.h"
#include "oci/spec.h"
#include "runtime/lifecycle/namespace_files.h"
#include "runtime/mount_options.h"

namespace minidock::runtime {

namespace {

using FeatureJson = nlohmann::ordered_json;

constexpr const char* kHookPoints[] = {"prestart",       "createRuntime", "createContainer",
                                       "startContainer", "poststart",     "poststop"};

FeatureJson sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words;
}

FeatureJson namespaces_json() {
  std::vector<std::string> types;
  for (const NamespaceFile& entry : kNamespaceFiles) types.emplace_back(entry.type);
  return sorted(std::move(types));
}

FeatureJson seccomp_json() {
  const linux::SeccompWords words = linux::seccomp_words();
  return {{"enabled", true},
          {"actions", sorted(words.actions)},
          {"operators", sorted(words.operators)},
          {"archs", sorted(words.architectures)},
          {"knownFlags", sorted(words.flags)},
          {"supportedFlags", sorted(words.flags)}};
}

FeatureJson linux_json() {
  const auto enabled = [](bool value) { return FeatureJson{{"enabled", value}}; };
  const linux::CapabilityMask all = (linux::CapabilityMask{2} << linux::last_capability()) - 1;
  FeatureJson out;
  out["namespaces"] = namespaces_json();
  out["capabilities"] = linux::capability_names(all);
  out["cgroup"] = {{"v1", true}, {"v2", true}, {"systemd", true}, {"systemdUser", false}, {"rdma", true}};
  out["seccomp"] = seccomp_json();
  out["apparmor"] = enabled(true);
  out["selinux"] = enabled(true);
  out["intelRdt"] = enabled(false);
  out["mountExtensions"] = {{"idmap", enabled(true)}};
  return out;
}

}  // namespace

std::string features_json(const std::map<std::string, std::string>& annotations) {
  FeatureJson out;
  out["ociVersionMin"] = "1.0.0";
  out["ociVersionMax"] = oci::Spec().oci_version;
  out["hooks"] = kHookPoints;
  out["mountOptions"] = sorted(mount_option_words());
  out["linux"] = linux_json();
  out["annotations"] = annotations;
  // Annotations with this beginning set properties of the container's systemd unit.
  out["potentiallyUnsafeConfigAnnotations"] = {"org.systemd.property."};
  return out.dump(4) + "\n";
}

}  // namespace minidock::runtime
