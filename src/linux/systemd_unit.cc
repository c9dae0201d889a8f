#include "linux/systemd_unit.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "linux/cgroup_limits.h"
#include "linux/number_list.h"

namespace minidock::linux {
namespace {

constexpr std::string_view kSliceSuffix = ".slice";

// systemd.unit(5): what a unit's name may hold, and how long it may be.
bool is_unit_name(std::string_view name) {
  constexpr size_t kLongest = 255;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           std::string_view(":-_.\\@").find(letter) != std::string_view::npos;
  });
}

// bytes or "no limit", as t.
uint64_t amount(int64_t limit) {
  return limit < 0 ? UINT64_MAX : static_cast<uint64_t>(limit);
}

class Properties {
 public:
  template <typename Value>
  void add(const char* name, Value value) {
    out_.push_back({name, std::move(value)});
  }
  // 0 asks for nothing.
  void add_limit(const char* name, const std::optional<int64_t>& limit) {
    if (limit.value_or(0) != 0) add(name, amount(*limit));
  }
  void add_cpus(const char* name, const std::string& list);
  void add_quota(const oci::Resources& resources, int systemd_version);
  std::vector<UnitProperty> take() && { return std::move(out_); }

 private:
  std::vector<UnitProperty> out_;
};

// A set of bits, lowest first.
void Properties::add_cpus(const char* name, const std::string& list) {
  if (list.empty()) return;
  const auto numbers = parse_number_list(list);
  if (!numbers) throw_error(ErrorKind::invalid, "invalid list \"", printable(list), "\" for ", name);
  std::vector<uint8_t> bits;
  for (const int number : *numbers) {
    const auto byte = static_cast<size_t>(number / 8);
    if (bits.size() <= byte) bits.resize(byte + 1);
    bits[byte] |= static_cast<uint8_t>(1 << number % 8);
  }
  add(name, std::move(bits));
}

void Properties::add_quota(const oci::Resources& resources, int systemd_version) {
  const uint64_t period = resources.cpu_period.value_or(0);
  const int64_t quota = resources.cpu_quota.value_or(0);
  // systemd 242 and later take a period; older ones keep 100 ms.
  if (period != 0 && systemd_version >= 242) add("CPUQuotaPeriodUSec", period);
  if (quota == 0) return;
  if (quota < 0) return add("CPUQuotaPerSecUSec", UINT64_MAX);
  constexpr uint64_t kSecondInMicroseconds = 1'000'000, kPercent = 10'000, kKernelPeriod = 100'000;
  const uint64_t a_second = static_cast<uint64_t>(quota) * kSecondInMicroseconds / (period ? period : kKernelPeriod);
  // systemd counts whole percent and would round down to less than was asked for.
  add("CPUQuotaPerSecUSec", (a_second + kPercent - 1) / kPercent * kPercent);
}

void add_v2(Properties& out, const oci::Resources& resources, int systemd_version) {
  out.add_limit("MemoryMax", resources.memory_limit);
  out.add_limit("MemoryLow", resources.memory_reservation);
  const int64_t limit = resources.memory_limit.value_or(0), both = resources.memory_swap.value_or(0);
  if (both < 0) out.add("MemorySwapMax", UINT64_MAX);
  if (both > 0 && limit > 0) out.add("MemorySwapMax", amount(both - limit));
  // systemd 252 and later know 0 as idle.
  if (resources.cpu_idle == 1 && systemd_version >= 252)
    out.add("CPUWeight", uint64_t{0});
  else if (resources.cpu_shares.value_or(0) != 0)
    out.add("CPUWeight", cpu_weight_from_shares(*resources.cpu_shares));
  for (const Limit& weight : limits_v2("blkio", resources))
    if (weight.file == "io.weight" && weight.value.find(' ') == std::string::npos)
      out.add("IOWeight", static_cast<uint64_t>(parse_int(weight.value).value()));
}

void add_v1(Properties& out, const oci::Resources& resources) {
  out.add_limit("MemoryLimit", resources.memory_limit);
  if (resources.cpu_shares.value_or(0) != 0) out.add("CPUShares", *resources.cpu_shares);
  if (resources.blkio_weight.value_or(0) != 0) out.add("BlockIOWeight", uint64_t{*resources.blkio_weight});
}

// A v2 file's value: bytes, or "max".
uint64_t unified_amount(const std::string& file, const std::string& value) {
  const auto number = parse_int(value);
  if (value != "max" && number.value_or(-1) < 0)
    throw_error(ErrorKind::invalid, "invalid unified resource ", file, "=", printable(value), ": use a number or max");
  return value == "max" ? UINT64_MAX : static_cast<uint64_t>(*number);
}

// Files that systemd has a property for, so that it does not write its own value over ours.
void add_unified(Properties& out, const std::map<std::string, std::string>& unified, int systemd_version) {
  static constexpr std::pair<const char*, const char*> kAmounts[] = {
      {"memory.min", "MemoryMin"},         {"memory.low", "MemoryLow"}, {"memory.high", "MemoryHigh"},
      {"memory.max", "MemoryMax"},         {"pids.max", "TasksMax"},    {"cpu.weight", "CPUWeight"},
      {"memory.swap.max", "MemorySwapMax"}};
  for (const auto& [file, value] : unified) {
    for (const auto& [known, name] : kAmounts)
      if (file == known) out.add(name, unified_amount(file, value));
    if (file == "cpuset.cpus" && systemd_version >= 244) out.add_cpus("AllowedCPUs", value);
    if (file == "cpuset.mems" && systemd_version >= 244) out.add_cpus("AllowedMemoryNodes", value);
    if (file != "cpu.max") continue;
    const std::vector<std::string> words = split(value, ' ');
    oci::Resources part;
    part.cpu_quota = words[0] == "max" ? -1 : parse_int(words[0]).value_or(0);
    if (words.size() > 1) part.cpu_period = static_cast<uint64_t>(parse_int(words[1]).value_or(0));
    out.add_quota(part, systemd_version);
  }
}

// systemd.resource-control(5) "DeviceAllow="; "" for what it cannot say: one minor number of any major.
std::string device_node(const oci::DeviceRule& rule) {
  const std::string kind = rule.type == "b" ? "block" : "char";
  if (!rule.major) return rule.minor ? "" : cat(kind, "-*");
  return rule.minor ? cat("/dev/", kind, "/", *rule.major, ":", *rule.minor) : cat(kind, "-", *rule.major);
}

}  // namespace

std::string expand_slice(const std::string& slice) {
  const bool whole = is_unit_name(slice) && slice.ends_with(kSliceSuffix) && slice != kSliceSuffix;
  if (!whole)
    throw_error(ErrorKind::invalid, "invalid slice name \"", printable(slice), "\": use a form like a-b.slice");
  const std::string name = slice.substr(0, slice.size() - kSliceSuffix.size());
  if (name == "-") return "";
  std::string path, prefix;
  for (const std::string& part : split(name, '-')) {
    if (part.empty()) throw_error(ErrorKind::invalid, "invalid slice name \"", printable(slice), "\": an empty part");
    prefix += prefix.empty() ? part : cat("-", part);
    path += cat("/", prefix, kSliceSuffix);
  }
  return path;
}

SystemdPlace parse_systemd_place(const std::string& cgroups_path, const std::string& id) {
  const std::string text = cgroups_path.empty() ? cat("system.slice:minidock:", id) : cgroups_path;
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() != 3)
    throw_error(ErrorKind::invalid,
                "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"",
                printable(text), "\" instead");
  SystemdPlace place;
  place.slice = parts[0].empty() ? "system.slice" : parts[0];
  place.unit =
      parts[2].ends_with(kSliceSuffix) ? parts[2] : cat(parts[1], parts[1].empty() ? "" : "-", parts[2], ".scope");
  if (parts[2].empty() || !is_unit_name(place.unit))
    throw_error(ErrorKind::invalid, "invalid systemd unit name \"", printable(place.unit),
                "\": use letters, digits and :-_.\\@");
  const bool is_slice = place.unit.ends_with(kSliceSuffix);
  // A slice lies where its own name says.
  place.cgroup_path = is_slice ? expand_slice(place.unit) : cat(expand_slice(place.slice), "/", place.unit);
  return place;
}

std::vector<UnitProperty> unit_properties(int cgroup_version, const oci::Resources& resources, int systemd_version) {
  Properties out;
  cgroup_version == 2 ? add_v2(out, resources, systemd_version) : add_v1(out, resources);
  out.add_quota(resources, systemd_version);
  if (resources.pids_limit) out.add_limit("TasksMax", *resources.pids_limit == 0 ? 1 : *resources.pids_limit);
  if (systemd_version >= 244) {
    out.add_cpus("AllowedCPUs", resources.cpuset_cpus);
    out.add_cpus("AllowedMemoryNodes", resources.cpuset_mems);
  }
  if (cgroup_version == 2) add_unified(out, resources.unified, systemd_version);
  return std::move(out).take();
}

// systemd knows a list of what is allowed and no exceptions. A part that is denied after it was allowed stays in the
// list: the cgroup's own program or files, which minidock sets as well, deny it.
std::vector<UnitProperty> device_properties(const std::vector<oci::DeviceRule>& rules) {
  const std::vector<oci::DeviceRule> effective = effective_device_rules(rules);
  std::vector<DeviceAccess> allowed;
  const bool everything = effective.empty() || effective.front().allow;
  for (const oci::DeviceRule& rule : effective) {
    const std::string node = device_node(rule), access = rule.access.empty() ? "rwm" : rule.access;
    if (everything || rule.type == "a" || node.empty()) continue;
    if (rule.allow) {
      allowed.push_back({node, access});
      continue;
    }
    std::erase_if(allowed, [&](const DeviceAccess& one) { return one.node == node && one.access == access; });
  }
  Properties out;
  out.add("DevicePolicy", std::string(everything ? "auto" : "strict"));
  out.add("DeviceAllow", std::move(allowed));
  return std::move(out).take();
}

}  // namespace minidock::linux
