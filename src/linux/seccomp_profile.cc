// Docker's profile files. Source: moby/profiles seccomp (Filter: "includes all, excludes any").
#include <seccomp.h>
#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "linux/host.h"
#include "linux/seccomp.h"
#include "oci/image_config.h"
#include "oci/json_fields.h"

namespace minidock::linux {
namespace {

using oci::JsonReader;

struct Situation {
  CapabilityMask capabilities;
  const SeccompMachine& machine;
};

// "includes" or "excludes" of a rule.
struct Condition {
  std::vector<std::string> architectures;
  std::vector<std::string> capabilities;
  std::string least_kernel;
};

Condition read_condition(const JsonReader& rule, const char* key) {
  Condition condition;
  if (const auto from = rule.find(key)) {
    from->read("arches", condition.architectures);
    from->read("caps", condition.capabilities);
    from->read("minKernel", condition.least_kernel);
  }
  return condition;
}

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A capability that this build does not know is not held.
bool holds(const Situation& here, const std::string& name) {
  const std::optional<int> number = capability_number(name);
  return number && (here.capabilities >> *number & 1);
}

bool kernel_reaches(const Situation& here, const std::string& least) {
  const size_t dot = least.find('.');
  const auto major = parse_int(std::string_view(least).substr(0, dot));
  const auto minor = dot == std::string::npos ? std::nullopt : parse_int(std::string_view(least).substr(dot + 1));
  if (!major || !minor)
    throw_error(ErrorKind::invalid, "seccomp profile: minKernel \"", printable(least), "\": must be like \"4.8\"");
  return kernel_at_least(here.machine.kernel_release, static_cast<int>(*major), static_cast<int>(*minor));
}

// All that is given must hold; a condition that is not given holds.
bool includes(const Condition& condition, const Situation& here) {
  const auto& caps = condition.capabilities;
  return (condition.architectures.empty() || contains(condition.architectures, here.machine.architecture)) &&
         std::all_of(caps.begin(), caps.end(), [&](const std::string& name) { return holds(here, name); }) &&
         (condition.least_kernel.empty() || kernel_reaches(here, condition.least_kernel));
}

// One that holds is enough.
bool excludes(const Condition& condition, const Situation& here) {
  const auto& caps = condition.capabilities;
  return contains(condition.architectures, here.machine.architecture) ||
         std::any_of(caps.begin(), caps.end(), [&](const std::string& name) { return holds(here, name); }) ||
         (!condition.least_kernel.empty() && kernel_reaches(here, condition.least_kernel));
}

oci::SeccompRule read_rule(const JsonReader& from) {
  oci::SeccompRule rule;
  std::string single;
  from.read("names", rule.names);
  from.read("name", single);  // the older form
  if (!single.empty()) rule.names.push_back(single);
  if (rule.names.empty()) from.fail("names", "is missing or empty");
  from.read("action", rule.action);
  if (rule.action.empty()) from.fail("action", "is missing");
  from.read("errnoRet", rule.errno_ret);
  for (const JsonReader& element : from.list("args")) {
    oci::SeccompArg argument;
    element.read("index", argument.index);
    element.read("value", argument.value);
    element.read("valueTwo", argument.value_two);
    element.read("op", argument.op);
    rule.args.push_back(argument);
  }
  return rule;
}

// "SCMP_ARCH_X86_64" for Go's "amd64", as archMap spells it; "" for one that libseccomp does not run on.
std::string seccomp_architecture(const std::string& go_name) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"amd64", "SCMP_ARCH_X86_64"}, {"386", "SCMP_ARCH_X86"},         {"arm64", "SCMP_ARCH_AARCH64"},
      {"arm", "SCMP_ARCH_ARM"},      {"riscv64", "SCMP_ARCH_RISCV64"}, {"ppc64le", "SCMP_ARCH_PPC64LE"},
      {"s390x", "SCMP_ARCH_S390X"}};
  for (const auto& [go, name] : kNames)
    if (go_name == go) return name;
  return "";
}

std::vector<std::string> read_architectures(const JsonReader& profile, const Situation& here) {
  std::vector<std::string> listed;
  profile.read("architectures", listed);
  const std::vector<JsonReader> map = profile.list("archMap");
  if (!listed.empty() && !map.empty()) profile.fail("architectures", "and archMap cannot both be given");
  for (const JsonReader& row : map) {
    std::string name;
    row.read("architecture", name);
    if (name != seccomp_architecture(here.machine.architecture)) continue;
    row.read("subArchitectures", listed);
    listed.insert(listed.begin(), name);
    break;
  }
  return listed;
}

}  // namespace

oci::Seccomp parse_seccomp_profile(std::string_view json, CapabilityMask capabilities, const SeccompMachine& machine) {
  const nlohmann::json document = oci::parse_json(json, "seccomp profile", ErrorKind::invalid);
  const JsonReader reader(document, "seccomp profile", ErrorKind::invalid);
  const Situation here = {capabilities, machine};
  oci::Seccomp profile;
  reader.read("defaultAction", profile.default_action);
  if (profile.default_action.empty()) reader.fail("defaultAction", "is missing");
  reader.read("defaultErrnoRet", profile.default_errno_ret);
  reader.read("flags", profile.flags);
  profile.architectures = read_architectures(reader, here);
  for (const JsonReader& row : reader.list("syscalls")) {
    // Read before its conditions, so that a mistake is found on every machine.
    oci::SeccompRule rule = read_rule(row);
    if (!includes(read_condition(row, "includes"), here) || excludes(read_condition(row, "excludes"), here)) continue;
    profile.rules.push_back(std::move(rule));
  }
  return profile;
}

oci::Seccomp parse_seccomp_profile(std::string_view json, CapabilityMask capabilities) {
  struct utsname name;
  if (::uname(&name) != 0) throw_errno("read the kernel's release");
  return parse_seccomp_profile(json, capabilities, {oci::host_architecture(), name.release});
}

}  // namespace minidock::linux
