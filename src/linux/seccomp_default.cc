#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_table.h"

namespace minidock::linux {
namespace {

constexpr char kAllow[] = "SCMP_ACT_ALLOW", kError[] = "SCMP_ACT_ERRNO";
constexpr char kEqual[] = "SCMP_CMP_EQ", kMaskedEqual[] = "SCMP_CMP_MASKED_EQ";

bool holds(CapabilityMask mask, int capability) {
  return mask >> capability & 1;
}

std::vector<std::string> names_of(const CallGroup& group) {
  return split(group.calls, ' ');
}

void append(std::vector<std::string>& to, const CallGroup& group) {
  for (std::string& name : names_of(group)) to.push_back(std::move(name));
}

oci::SeccompRule allow_if(const char* name, const oci::SeccompArg& argument) {
  return {{name}, kAllow, std::nullopt, {argument}};
}

// All socket families but three: 33 AF_RXRPC and 38 AF_ALG, both with a history of kernel holes, and 40 AF_VSOCK,
// which knows no network namespace and so would reach the host's hypervisor channel.
// security: the kernel takes the low 32 bits of the family, a filter sees 64. A comparison of all 64 ("more than
// 40") lets 2^32 + 40 pass, so every rule masks, and a mask covers an aligned block of families.
void add_socket_rules(oci::Seccomp& profile) {
  struct Block {
    uint32_t first, size;
  };
  constexpr Block kBlocks[] = {{0, 32}, {32, 1}, {34, 2}, {36, 2}, {39, 1}, {41, 1}, {42, 2}, {44, 4}};
  static_assert(AF_RXRPC == 33 && AF_ALG == 38 && AF_VSOCK == 40);
  for (const Block& block : kBlocks)
    profile.rules.push_back(allow_if("socket", {0, uint32_t{0} - block.size, block.first, kMaskedEqual}));
}

// Only what emulates an older userland or undoes it; others, such as ADDR_NO_RANDOMIZE, weaken the process.
void add_personality_rules(oci::Seccomp& profile) {
  constexpr uint64_t kAsk = 0xffffffff, kLinux32 = PER_LINUX32, kOldRelease = UNAME26;
  for (const uint64_t value : {uint64_t{PER_LINUX}, kLinux32, kOldRelease, kOldRelease | kLinux32, kAsk})
    profile.rules.push_back(allow_if("personality", {0, value, 0, kEqual}));
}

// Threads and processes, but no new namespaces.
void add_clone_rule(oci::Seccomp& profile) {
  constexpr uint64_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  static_assert(kNamespaces == 0x7E020000);
#ifdef __s390x__
  constexpr uint32_t kFlags = 1;  // kernel: s390 has the stack first
#else
  constexpr uint32_t kFlags = 0;
#endif
  profile.rules.push_back(allow_if("clone", {kFlags, kNamespaces, 0, kMaskedEqual}));
}

// This machine's own calls and those of its 32-bit programs. security: x32 is left out: almost no kernel has it on
// and no program uses it, so it would only be a second way to every call.
std::vector<std::string> architectures() {
  switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64:
      return {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"};
    case SCMP_ARCH_AARCH64:
      return {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
    case SCMP_ARCH_S390X:
      return {"SCMP_ARCH_S390X", "SCMP_ARCH_S390"};
    default:
      return {};  // compile_seccomp: the native one
  }
}

}  // namespace

oci::Seccomp default_seccomp_profile(CapabilityMask capabilities) {
  oci::Seccomp profile;
  profile.default_action = kError;
  profile.default_errno_ret = EPERM;
  profile.architectures = architectures();

  oci::SeccompRule allowed = {{}, kAllow, std::nullopt, {}};
  for (const CallGroup& group : seccomp_file_calls()) append(allowed.names, group);
  for (const CallGroup& group : seccomp_process_calls()) append(allowed.names, group);
  for (const auto& [capability, group] : seccomp_capability_calls())
    if (holds(capabilities, capability)) append(allowed.names, group);
  profile.rules.push_back(std::move(allowed));

  oci::SeccompRule absent = {names_of(seccomp_absent_calls()), kError, ENOSYS, {}};
  if (holds(capabilities, CAP_SYS_ADMIN)) {
    std::erase(absent.names, "clone3");
  } else {
    add_clone_rule(profile);
  }
  profile.rules.push_back(std::move(absent));
  add_socket_rules(profile);
  add_personality_rules(profile);
  return profile;
}

}  // namespace minidock::linux
