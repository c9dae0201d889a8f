#include "linux/seccomp_words.h"

#include <errno.h>
#include <linux/seccomp.h>

#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "linux/seccomp.h"

namespace minidock::linux {
namespace {

struct SeccompWord {
  std::string_view name;
  uint32_t value;
};

constexpr SeccompWord kActionWords[] = {{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
                                        {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
                                        {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
                                        {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
                                        {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
                                        {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
                                        {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
                                        {"SCMP_ACT_LOG", SCMP_ACT_LOG},
                                        {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY}};

constexpr SeccompWord kOperatorWords[] = {{"SCMP_CMP_NE", SCMP_CMP_NE},
                                          {"SCMP_CMP_LT", SCMP_CMP_LT},
                                          {"SCMP_CMP_LE", SCMP_CMP_LE},
                                          {"SCMP_CMP_EQ", SCMP_CMP_EQ},
                                          {"SCMP_CMP_GE", SCMP_CMP_GE},
                                          {"SCMP_CMP_GT", SCMP_CMP_GT},
                                          {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};

constexpr SeccompWord kFlagWords[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", 0},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV}};

// The spec's list (config-linux.md "Seccomp"); which of them there are is libseccomp's to say.
constexpr std::string_view kArchitectureWords[] = {
    "AARCH64",     "ARM",   "MIPS",   "MIPS64",   "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32",
    "LOONGARCH64", "M68K",  "PARISC", "PARISC64", "PPC",       "PPC64",  "PPC64LE",  "RISCV64",
    "S390",        "S390X", "SH",     "SHEB",     "X32",       "X86",    "X86_64"};
constexpr std::string_view kArchitecturePrefix = "SCMP_ARCH_";

template <size_t Count>
uint32_t value_of(const SeccompWord (&words)[Count], const std::string& name, const char* what) {
  for (const SeccompWord& word : words)
    if (word.name == name) return word.value;
  throw_error(ErrorKind::invalid, "seccomp profile: unknown ", what, " \"", printable(name), "\"");
}

template <size_t Count>
std::vector<std::string> names_of(const SeccompWord (&words)[Count]) {
  std::vector<std::string> out;
  for (const SeccompWord& word : words) out.emplace_back(word.name);
  return out;
}

uint32_t architecture_token(std::string_view short_name) {
  return ::seccomp_arch_resolve_name(lower(short_name).c_str());
}

}  // namespace

uint32_t seccomp_action(const std::string& name, const std::optional<uint32_t>& errno_ret) {
  const uint32_t action = value_of(kActionWords, name, "action");
  const bool carries = action == SCMP_ACT_ERRNO(0) || action == SCMP_ACT_TRACE(0);
  // spec: config-linux.md "Seccomp": errnoRet is EPERM where absent, and an error where the action takes none. runc
  // lets that pass, and so do we: profiles in use have it.
  return carries ? action | (errno_ret.value_or(EPERM) & 0xffff) : action;
}

scmp_compare seccomp_operator(const std::string& name) {
  return static_cast<scmp_compare>(value_of(kOperatorWords, name, "operator"));
}

uint32_t seccomp_architecture(const std::string& name) {
  const std::string_view whole = name;
  const uint32_t token =
      whole.starts_with(kArchitecturePrefix) ? architecture_token(whole.substr(kArchitecturePrefix.size())) : 0;
  if (token == 0) throw_error(ErrorKind::invalid, "seccomp profile: unknown architecture \"", printable(name), "\"");
  return token;
}

unsigned seccomp_flags(const std::vector<std::string>& names) {
  unsigned out = 0;
  for (const std::string& name : names) out |= value_of(kFlagWords, name, "flag");
  return out;
}

SeccompWords seccomp_words() {
  SeccompWords out{names_of(kActionWords), names_of(kOperatorWords), {}, names_of(kFlagWords)};
  for (const std::string_view name : kArchitectureWords)
    if (architecture_token(name) != 0) out.architectures.push_back(cat(kArchitecturePrefix, name));
  return out;
}

}  // namespace minidock::linux
