#include "linux/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::linux {
namespace {

// In the kernel's order: the index is the number.
const std::vector<std::string>& names() {
  static const std::vector<std::string> kNames = split(
      "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable "
      "net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot "
      "sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease "
      "audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read "
      "perfmon bpf checkpoint_restore",
      ' ');
  return kNames;
}

constexpr CapabilityMask bit(int number) {
  return CapabilityMask{1} << number;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return out;
}

// Docker's way to show a name that it does not know: upper case, with the prefix.
std::string shown(std::string_view name) {
  const std::string text = upper(name);
  return text.starts_with("CAP_") ? text : cat("CAP_", text);
}

struct Request {
  bool all = false;
  CapabilityMask mask = 0;
};

// --cap-add or --cap-drop: single names, and ALL beside them.
Request parse_request(const std::vector<std::string>& names, std::string_view option) {
  Request request;
  for (const std::string& name : names) {
    const std::string lowered = lower(name);
    if (lowered == "all" || lowered == "cap_all") {
      request.all = true;
      continue;
    }
    const std::optional<int> number = capability_number(name);
    if (!number) throw_error(ErrorKind::invalid, "invalid ", option, ": unknown capability: \"", shown(name), "\"");
    request.mask |= bit(*number);
  }
  return request;
}

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  std::string lowered = lower(name);
  if (lowered.starts_with("cap_")) lowered.erase(0, 4);
  const auto found = std::find(names().begin(), names().end(), lowered);
  if (found != names().end()) return static_cast<int>(found - names().begin());
  // The form that capability_name gives to numbers beyond our table.
  const std::optional<int64_t> number = parse_int(lowered);
  if (number && *number >= static_cast<int64_t>(names().size()) && *number < 64) return static_cast<int>(*number);
  return std::nullopt;
}

std::string capability_name(int number) {
  if (number >= 0 && number < static_cast<int>(names().size())) return cat("CAP_", upper(names()[number]));
  return cat("CAP_", number);
}

std::vector<std::string> capability_names(CapabilityMask mask) {
  std::vector<std::string> names;
  for (int number = 0; number < 64; ++number)
    if (mask & bit(number)) names.push_back(capability_name(number));
  return names;
}

CapabilityMask capability_mask(const std::vector<std::string>& names) {
  CapabilityMask mask = 0;
  for (const std::string& name : names) {
    const std::optional<int> number = capability_number(name);
    if (!number) throw_error(ErrorKind::invalid, "unknown capability: \"", shown(name), "\"");
    mask |= bit(*number);
  }
  return mask;
}

CapabilityMask default_capabilities() {
  return bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FOWNER) | bit(CAP_FSETID) | bit(CAP_KILL) | bit(CAP_SETGID) |
         bit(CAP_SETUID) | bit(CAP_SETPCAP) | bit(CAP_NET_BIND_SERVICE) | bit(CAP_NET_RAW) | bit(CAP_SYS_CHROOT) |
         bit(CAP_MKNOD) | bit(CAP_AUDIT_WRITE) | bit(CAP_SETFCAP);
}

CapabilityMask bounding_capabilities() {
  // One file instead of a prctl for each of 41 numbers: those alone were a third of reading the host's facts.
  const std::string status = read_file(AT_FDCWD, "/proc/self/status");
  constexpr std::string_view kField = "\nCapBnd:";
  const size_t at = status.find(kField);
  if (at == std::string::npos)
    throw_error(ErrorKind::unsupported, "/proc/self/status: has no CapBnd line; mount /proc");
  const std::string_view line = std::string_view(status).substr(at + kField.size());
  const std::string_view digits = trim(line.substr(0, line.find('\n')));
  CapabilityMask mask = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
  if (error != std::errc{} || end != digits.data() + digits.size())
    throw_error(ErrorKind::unsupported, "/proc/self/status: CapBnd is not a number: ", printable(digits));
  return mask;
}

int last_capability() {
  // kernel: the oldest one that we run on, 5.10, ends at CAP_CHECKPOINT_RESTORE; past the last one is EINVAL.
  int number = CAP_CHECKPOINT_RESTORE;
  while (::prctl(PR_CAPBSET_READ, number + 1, 0, 0, 0) >= 0) ++number;
  return number;
}

CapabilityMask effective_capabilities() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) != 0) throw_errno("read the capabilities of this process");
  return data[0].effective | CapabilityMask{data[1].effective} << 32;
}

CapabilityMask adjust_capabilities(CapabilityMask start, CapabilityMask bounding, const std::vector<std::string>& add,
                                   const std::vector<std::string>& drop) {
  const Request added = parse_request(add, "CapAdd");
  const Request dropped = parse_request(drop, "CapDrop");
  // Named one by one, a capability that we cannot hand on is an error; ALL and the default mean "what there is".
  if (const CapabilityMask missing = added.mask & ~bounding) {
    throw_error(
        ErrorKind::permission, "cannot add ", join(capability_names(missing), ", "),
        ": missing from the bounding set of this process; start it with more capabilities or leave the option out");
  }
  // order: docker's: ALL added beats ALL dropped; of single names the drops come first, so that an added one stays.
  if (added.all) return bounding & ~dropped.mask;
  if (dropped.all) return added.mask;
  return ((start & ~dropped.mask) | added.mask) & bounding;
}

}  // namespace minidock::linux
