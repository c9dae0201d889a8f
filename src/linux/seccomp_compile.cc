#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/seccomp.h"
#include "linux/seccomp_table.h"
#include "linux/seccomp_words.h"

namespace minidock::linux {
namespace {

constexpr size_t kMostInstructions = 4096;  // kernel: BPF_MAXINSNS
constexpr std::string_view kNotify = "SCMP_ACT_NOTIFY";
constexpr uint32_t kX32Bit = 0x40000000;  // kernel: __X32_SYSCALL_BIT

struct FilterDeleter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

// Native first.
std::vector<uint32_t> architectures_of(const oci::Seccomp& profile) {
  std::vector<uint32_t> out = {::seccomp_arch_native()};
  for (const std::string& name : profile.architectures) {
    const uint32_t token = seccomp_architecture(name);
    if (std::find(out.begin(), out.end(), token) == out.end()) out.push_back(token);
  }
  return out;
}

// libseccomp returns the negative errno.
void check(int result, const char* what) {
  if (result < 0) throw_errno_message(-result, cat("cannot compile seccomp profile: ", what));
}

std::vector<scmp_arg_cmp> comparisons(const oci::SeccompRule& rule) {
  std::vector<scmp_arg_cmp> out;
  for (const oci::SeccompArg& argument : rule.args) {
    if (argument.index > 5)
      throw_error(ErrorKind::invalid, "seccomp profile: argument index ", argument.index, ": a call has 0 to 5");
    out.push_back({argument.index, seccomp_operator(argument.op), argument.value, argument.value_two});
  }
  return out;
}

// runtime-spec: all conditions of a rule must hold; runc's reading, which profiles rely on: several on one
// argument are alternatives, and libseccomp takes only one condition an argument.
std::vector<std::vector<scmp_arg_cmp>> alternatives(const oci::SeccompRule& rule) {
  const std::vector<scmp_arg_cmp> all = comparisons(rule);
  unsigned seen = 0;
  bool repeated = false;
  for (const scmp_arg_cmp& one : all) {
    repeated = repeated || (seen >> one.arg & 1);
    seen |= 1u << one.arg;
  }
  if (!repeated) return {all};
  std::vector<std::vector<scmp_arg_cmp>> out;
  for (const scmp_arg_cmp& one : all) out.push_back({one});
  return out;
}

void add_rule(void* filter, const oci::SeccompRule& rule, uint32_t default_action) {
  const uint32_t action = seccomp_action(rule.action, rule.errno_ret);
  const auto conditions = alternatives(rule);
  // libseccomp refuses a rule that says what the default says.
  if (action == default_action) return;
  for (const std::string& name : rule.names) {
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;
    for (const auto& condition : conditions) {
      const auto count = static_cast<unsigned>(condition.size());
      check(::seccomp_rule_add_array(filter, action, number, count, condition.data()), name.c_str());
    }
  }
}

Filter build(const oci::Seccomp& profile, uint32_t default_action) {
  Filter filter(::seccomp_init(default_action));
  if (!filter) throw_error(ErrorKind::exhausted, "cannot compile seccomp profile: out of memory");
  for (const uint32_t token : architectures_of(profile)) {
    if (token == ::seccomp_arch_native()) continue;
    const int result = ::seccomp_arch_add(filter.get(), token);
    if (result == -EDOM) throw_error(ErrorKind::unsupported, "seccomp profile: an architecture of another byte order");
    check(result, "architecture");
  }
  // A call by an architecture that the profile leaves out is one that this kernel does not have: no reason to kill.
  check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "architecture");
  // A binary tree instead of a list. kernel: loading runs the filter once for each call number, to find those that
  // never need it again; a container's start pays 0.35 ms for that instead of 0.75. The tree takes 12 ms to make
  // instead of 4, but only when there is no cached filter.
  check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimisation");
  for (const oci::SeccompRule& rule : profile.rules) add_rule(filter.get(), rule, default_action);
  return filter;
}

std::string export_bytes(void* filter) {
  const Fd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) throw_errno("cannot compile seccomp profile: memfd_create");
  check(::seccomp_export_bpf(filter, file.get()), "export");
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_errno("cannot compile seccomp profile: lseek");
  return read_fd(file.get(), kMostInstructions * sizeof(sock_filter));
}

struct NumberedAction {
  uint32_t number, action;
};

// What one architecture's part of the prologue decides.
struct Early {
  uint32_t token = 0;
  uint32_t newest = 0;                 // the highest number that the profile names; higher ones are unknown to it
  std::vector<NumberedAction> recent;  // calls that libseccomp has no name for
};

// By libseccomp's names and by our own numbers for what it cannot name.
Early early_of(const oci::Seccomp& profile, uint32_t token, uint32_t default_action) {
  Early early;
  early.token = token;
  for (const oci::SeccompRule& rule : profile.rules) {
    for (const std::string& name : rule.names) {
      const int known = ::seccomp_syscall_resolve_name_arch(token, name.c_str());
      std::optional<int> number = known >= 0 ? std::optional(known) : std::nullopt;
      if (known == __NR_SCMP_ERROR) {
        number = recent_call_number(name, token);
        const uint32_t action = seccomp_action(rule.action, rule.errno_ret);
        // security: a rule with conditions cannot be told here: such a call keeps the default.
        const bool usable = number && rule.args.empty() && action != default_action;
        if (usable) early.recent.push_back({static_cast<uint32_t>(*number), action});
      }
      if (number) early.newest = std::max(early.newest, static_cast<uint32_t>(*number));
    }
  }
  return early;
}

// A prologue before libseccomp's program, which starts by loading what it needs itself.
class Prologue {
 public:
  void add(const Early& early, bool with_x32, bool answer_newer) {
    std::vector<sock_filter> part;
    part.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    if (with_x32) append_jump(part, BPF_JGE, kX32Bit, kToProgram);
    for (const NumberedAction& one : early.recent) {
      part.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one.number, 0, 1));
      part.push_back(BPF_STMT(BPF_RET | BPF_K, one.action));
    }
    if (answer_newer) {
      part.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, early.newest, 0, 1));
      part.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    }
    part.push_back(BPF_STMT(BPF_JMP | BPF_JA, kToProgram));
    // libseccomp's tokens are the kernel's AUDIT_ARCH values, but for x32, which shares x86_64's.
    code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, early.token, 0, static_cast<uint8_t>(part.size())));
    code_.insert(code_.end(), part.begin(), part.end());
  }

  std::string bytes() const {
    std::vector<sock_filter> out = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch))};
    out.insert(out.end(), code_.begin(), code_.end());
    for (size_t at = 0; at < out.size(); ++at) {
      const bool open = out[at].code == (BPF_JMP | BPF_JA) && out[at].k == kToProgram;
      if (open) out[at].k = static_cast<uint32_t>(out.size() - at - 1);
    }
    return {reinterpret_cast<const char*>(out.data()), out.size() * sizeof(sock_filter)};
  }

 private:
  static constexpr uint32_t kToProgram = UINT32_MAX;  // stands for the distance until the length is known

  static void append_jump(std::vector<sock_filter>& part, uint16_t test, uint32_t value, uint32_t target) {
    part.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | test | BPF_K), value, 0, 1));
    part.push_back(BPF_STMT(BPF_JMP | BPF_JA, target));
  }

  std::vector<sock_filter> code_;
};

bool asks_agent(const oci::Seccomp& profile) {
  return std::any_of(profile.rules.begin(), profile.rules.end(),
                     [](const oci::SeccompRule& rule) { return rule.action == kNotify; });
}

void check_agent(const oci::Seccomp& profile) {
  if (profile.default_action == kNotify)
    throw_error(ErrorKind::invalid, "seccomp profile: SCMP_ACT_NOTIFY cannot be used as default action");
  for (const oci::SeccompRule& rule : profile.rules) {
    const bool write = std::find(rule.names.begin(), rule.names.end(), "write") != rule.names.end();
    // The process that has loaded the filter tells its descriptor by write: nobody could answer for it before.
    if (rule.action == kNotify && write)
      throw_error(ErrorKind::invalid, "seccomp profile: SCMP_ACT_NOTIFY cannot be used for the write syscall");
  }
  if (asks_agent(profile) && profile.listener_path.empty())
    throw_error(ErrorKind::invalid, "seccomp profile: SCMP_ACT_NOTIFY needs an agent: seccomp listenerPath is not set");
}

std::string compile(const oci::Seccomp& profile) {
  const uint32_t default_action = seccomp_action(profile.default_action, profile.default_errno_ret);
  const std::string program = export_bytes(build(profile, default_action).get());
  const bool answer_newer = profile.default_action == "SCMP_ACT_ERRNO" && default_action != SCMP_ACT_ERRNO(ENOSYS);
  const std::vector<uint32_t> tokens = architectures_of(profile);
  const bool with_x32 = std::find(tokens.begin(), tokens.end(), SCMP_ARCH_X32) != tokens.end();

  Prologue prologue;
  for (const uint32_t token : tokens) {
    if (token == SCMP_ARCH_X32) continue;
    const Early early = early_of(profile, token, default_action);
    const bool newer = answer_newer && early.newest > 0;
    if (newer || !early.recent.empty()) prologue.add(early, with_x32 && token == SCMP_ARCH_X86_64, newer);
  }
  const std::string bytes = prologue.bytes() + program;
  if (bytes.size() > kMostInstructions * sizeof(sock_filter))
    throw_error(ErrorKind::invalid, "seccomp profile: more than ", kMostInstructions, " instructions; use fewer rules");
  return bytes;
}

}  // namespace

std::string compile_seccomp(const oci::Seccomp& profile) {
  if (profile.default_action == kNotify || asks_agent(profile))
    throw_error(ErrorKind::unsupported, "seccomp profile: action SCMP_ACT_NOTIFY needs an agent; use another action");
  return compile(profile);
}

namespace {

// Everything but the program.
SeccompFilter without_program(const oci::Seccomp& profile) {
  check_agent(profile);
  SeccompFilter out;
  out.notify = asks_agent(profile);
  // runc's choice where the profile makes none: a filter alone is no reason to slow speculation down.
  out.flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  if (profile.flags) out.flags = seccomp_flags(*profile.flags);
  // kernel: refuses this one of a filter that nobody listens to.
  if (!out.notify) out.flags &= ~static_cast<unsigned>(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  if (out.notify) out.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return out;
}

}  // namespace

SeccompFilter compile_seccomp_filter(const oci::Seccomp& profile) {
  SeccompFilter out = without_program(profile);
  out.program = compile(profile);
  return out;
}

SeccompFilter compile_seccomp_filter(const oci::Seccomp& profile, const std::string& cache_directory) {
  SeccompFilter out = without_program(profile);
  out.program = cached_bundle_filter(profile, cache_directory, compile);
  return out;
}

}  // namespace minidock::linux
