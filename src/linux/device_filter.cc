// Device policy of a cgroup: docker's default rules, and v2's eBPF program.
// Sources: include/uapi/linux/bpf.h (bpf_cgroup_dev_ctx); runtime-spec config-linux.md
// "Allowed Device list" and "Default Devices".
#include <linux/bpf.h>

#include <algorithm>

#include "base/text.h"
#include "linux/cgroup_limits.h"

namespace minidock::linux {
namespace {

constexpr int kAllAccess = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD;

// spec: type "a" means every device with every access, whatever numbers the rule gives.
bool is_blanket(const oci::DeviceRule& rule) {
  return rule.type == "a";
}

bool same_rule(const oci::DeviceRule& one, const oci::DeviceRule& two) {
  return one.allow == two.allow && one.type == two.type && one.major == two.major && one.minor == two.minor &&
         one.access == two.access;
}

int access_bits(const std::string& access) {
  int bits = 0;
  for (const char letter : access)
    bits |= letter == 'r' ? BPF_DEVCG_ACC_READ : letter == 'w' ? BPF_DEVCG_ACC_WRITE : BPF_DEVCG_ACC_MKNOD;
  return bits ? bits : kAllAccess;  // spec: no access given is every access
}

// The program's registers: r3 holds the accesses not decided yet, one bit each.
constexpr uint8_t kResult = BPF_REG_0, kContext = BPF_REG_1, kType = BPF_REG_2, kAccess = BPF_REG_3, kMajor = BPF_REG_4,
                  kMinor = BPF_REG_5;

class Program {
 public:
  void add(uint8_t code, uint8_t destination, uint8_t source, int16_t offset, int32_t immediate) {
    const bpf_insn one = {code, destination, source, offset, immediate};
    bytes_.append(reinterpret_cast<const char*>(&one), sizeof one);
    ++count_;
  }
  void load(uint8_t destination, size_t offset) {
    add(BPF_LDX | BPF_MEM | BPF_W, destination, kContext, static_cast<int16_t>(offset), 0);
  }
  void compute(uint8_t operation, uint8_t destination, int32_t immediate) {
    add(static_cast<uint8_t>(BPF_ALU | operation | BPF_K), destination, 0, 0, immediate);
  }
  // `skipped`: how many instructions the jump passes over.
  void jump(uint8_t operation, uint8_t destination, int64_t value, int skipped) {
    add(static_cast<uint8_t>(BPF_JMP32 | operation | BPF_K), destination, 0, static_cast<int16_t>(skipped),
        static_cast<int32_t>(value));
  }
  void answer(int32_t result) {
    add(BPF_ALU64 | BPF_MOV | BPF_K, kResult, 0, 0, result);
    add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  }
  int count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  int count_ = 0;
};

// What a matching rule does with the accesses still open.
Program rule_body(const oci::DeviceRule& rule) {
  Program body;
  const int bits = is_blanket(rule) ? kAllAccess : access_bits(rule.access);
  if (rule.allow) {
    body.compute(BPF_AND, kAccess, kAllAccess & ~bits);
    body.jump(BPF_JNE, kAccess, 0, 2);
    body.answer(1);
  } else {
    body.jump(BPF_JSET, kAccess, bits, 1);
    body.add(BPF_JMP | BPF_JA, 0, 0, 2, 0);
    body.answer(0);
  }
  return body;
}

std::string rule_code(const oci::DeviceRule& rule) {
  const Program body = rule_body(rule);
  const bool blanket = is_blanket(rule);
  const bool by_major = !blanket && rule.major, by_minor = !blanket && rule.minor;
  int rest = (blanket ? 0 : 1) + by_major + by_minor + body.count();
  Program match;
  if (!blanket) match.jump(BPF_JNE, kType, rule.type == "b" ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, --rest);
  if (by_major) match.jump(BPF_JNE, kMajor, *rule.major, --rest);
  if (by_minor) match.jump(BPF_JNE, kMinor, *rule.minor, --rest);
  return match.bytes() + body.bytes();
}

}  // namespace

std::vector<oci::DeviceRule> default_device_rules() {
  const auto character = [](std::optional<int64_t> major, std::optional<int64_t> minor, const char* access = "rwm") {
    return oci::DeviceRule{true, "c", major, minor, access};
  };
  return {{false, "a", {}, {}, "rwm"},
          // A node alone opens nothing: making one is harmless where using it is denied, and packages do make some.
          {true, "c", {}, {}, "m"},
          {true, "b", {}, {}, "m"},
          character(1, 3),      // null
          character(1, 5),      // zero
          character(1, 7),      // full
          character(1, 8),      // random
          character(1, 9),      // urandom
          character(5, 0),      // tty
          character(5, 1),      // console
          character(5, 2),      // ptmx
          character(136, {})};  // pts
}

std::vector<oci::DeviceRule> effective_device_rules(const std::vector<oci::DeviceRule>& rules) {
  const std::vector<oci::DeviceRule> defaults = default_device_rules();
  // What stands before the last blanket rule has no effect.
  const auto blanket = std::find_if(rules.rbegin(), rules.rend(), is_blanket);
  if (blanket == rules.rbegin() && !rules.empty() && blanket->allow) return {};
  std::vector<oci::DeviceRule> out(blanket == rules.rend() ? rules.begin() : blanket.base() - 1, rules.end());
  // security: without a rule for all devices the base is "deny all".
  if (blanket == rules.rend()) out.insert(out.begin(), defaults.front());
  if (out.front().allow) return out;
  // spec: the default devices are every container's, whatever list its bundle gives.
  for (size_t i = 1; i < defaults.size(); ++i) {
    const bool there =
        std::any_of(out.begin(), out.end(), [&](const auto& one) { return same_rule(one, defaults[i]); });
    if (!there) out.push_back(defaults[i]);
  }
  return out;
}

std::string device_program(const std::vector<oci::DeviceRule>& rules) {
  Program head;
  head.load(kType, offsetof(bpf_cgroup_dev_ctx, access_type));
  head.load(kAccess, offsetof(bpf_cgroup_dev_ctx, access_type));
  head.compute(BPF_AND, kType, 0xffff);
  head.compute(BPF_RSH, kAccess, 16);
  head.load(kMajor, offsetof(bpf_cgroup_dev_ctx, major));
  head.load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor));
  std::string code = head.bytes();
  // Last rule first: the first that decides a bit is then the last that was given.
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    code += rule_code(*rule);
    if (is_blanket(*rule)) break;
  }
  Program tail;
  tail.answer(0);
  return code + tail.bytes();
}

}  // namespace minidock::linux
