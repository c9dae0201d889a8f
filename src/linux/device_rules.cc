// Device rules as v1's devices controller takes them. Source: cgroup-v1/devices.rst; security/device_cgroup.c.
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_limits.h"

namespace minidock::linux {
namespace {

std::string number_or_any(const std::optional<int64_t>& number) {
  return number ? cat(*number) : "*";
}

std::string device_line(const oci::DeviceRule& rule) {
  return cat(rule.type, " ", number_or_any(rule.major), ":", number_or_any(rule.minor), " ", rule.access);
}

bool same_devices(const oci::DeviceRule& one, const oci::DeviceRule& two) {
  return one.type == two.type && one.major == two.major && one.minor == two.minor;
}

bool covers(const std::optional<int64_t>& wide, const std::optional<int64_t>& narrow) {
  return !wide || wide == narrow;
}
bool covers(const oci::DeviceRule& wide, const oci::DeviceRule& narrow) {
  return wide.type == narrow.type && covers(wide.major, narrow.major) && covers(wide.minor, narrow.minor);
}
bool overlaps(const oci::DeviceRule& one, const oci::DeviceRule& two) {
  const auto meet = [](const auto& left, const auto& right) { return !left || !right || left == right; };
  return one.type == two.type && meet(one.major, two.major) && meet(one.minor, two.minor);
}

std::string without(const std::string& access, const std::string& less) {
  std::string out;
  for (const char letter : access)
    if (less.find(letter) == std::string::npos) out += letter;
  return out;
}

// The exceptions of the base, which the kernel keeps as a set: it has no order, and it takes an exception back only by
// the very numbers that it was given. So what a later rule takes back is taken out here.
class Exceptions {
 public:
  explicit Exceptions(bool base) : base_(base) {}

  void apply(oci::DeviceRule rule) {
    if (rule.access.empty()) rule.access = "rwm";  // spec: no access given is every access
    rule.allow == base_ ? take_back(rule) : add(rule);
  }
  const std::vector<oci::DeviceRule>& all() const { return all_; }

 private:
  void add(const oci::DeviceRule& rule) {
    const auto there = std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return same_devices(one, rule); });
    if (there == all_.end())
      all_.push_back(rule);
    else
      there->access += without(rule.access, there->access);
  }
  void take_back(const oci::DeviceRule& rule) {
    for (oci::DeviceRule& one : all_) {
      const std::string rest = without(one.access, rule.access);
      if (rest == one.access || !overlaps(one, rule)) continue;
      // security: passed over it would leave open what was to be closed.
      if (!covers(rule, one))
        throw_error(ErrorKind::unsupported, "cgroup v1 cannot except device \"", device_line(rule), "\" from \"",
                    device_line(one), "\": give narrower rules, or use cgroup v2");
      one.access = rest;
    }
    std::erase_if(all_, [](const oci::DeviceRule& one) { return one.access.empty(); });
  }

  bool base_;
  std::vector<oci::DeviceRule> all_;
};

}  // namespace

std::vector<Limit> device_limits_v1(const std::vector<oci::DeviceRule>& rules) {
  const std::vector<oci::DeviceRule> effective = effective_device_rules(rules);
  // A fresh cgroup has what its parent has. Where the parent is restricted the kernel refuses to allow all, which
  // is the most that can be had: passed over.
  if (effective.empty()) return {{"devices.allow", "a", false, true}};
  const bool base = effective.front().allow;
  Exceptions exceptions(base);
  for (size_t i = 1; i < effective.size(); ++i) exceptions.apply(effective[i]);
  // devices.allow and devices.deny cannot be read; a rule that the kernel refuses fails its write.
  std::vector<Limit> out = {{base ? "devices.allow" : "devices.deny", "a", false, false}};
  for (const oci::DeviceRule& rule : exceptions.all())
    out.push_back({base ? "devices.deny" : "devices.allow", device_line(rule), false, false});
  return out;
}

}  // namespace minidock::linux
