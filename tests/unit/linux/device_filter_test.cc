#include <gtest/gtest.h>
#include <linux/bpf.h>

#include <cstring>
#include <stdexcept>

#include "linux/cgroup.h"

namespace minidock::linux {
namespace {

constexpr uint32_t kRead = BPF_DEVCG_ACC_READ, kWrite = BPF_DEVCG_ACC_WRITE, kAccessMknod = BPF_DEVCG_ACC_MKNOD;
constexpr uint32_t kChar = BPF_DEVCG_DEV_CHAR, kBlock = BPF_DEVCG_DEV_BLOCK;

std::vector<bpf_insn> decode(const std::string& bytes) {
  std::vector<bpf_insn> code(bytes.size() / sizeof(bpf_insn));
  EXPECT_EQ(bytes.size() % sizeof(bpf_insn), 0u);
  std::memcpy(code.data(), bytes.data(), bytes.size());
  return code;
}

// Runs a program as the kernel would; throws for an instruction that it should not contain.
bool run(const std::vector<bpf_insn>& code, const bpf_cgroup_dev_ctx& context) {
  uint64_t registers[11] = {};
  for (size_t at = 0;; ++at) {
    const bpf_insn& one = code.at(at);
    uint64_t& to = registers[one.dst_reg];
    const auto value = static_cast<uint32_t>(one.imm), left = static_cast<uint32_t>(to);
    switch (one.code) {
      case BPF_LDX | BPF_MEM | BPF_W: {
        uint32_t word;
        std::memcpy(&word, reinterpret_cast<const char*>(&context) + one.off, sizeof word);
        to = word;
        break;
      }
      case BPF_ALU | BPF_AND | BPF_K:
        to = left & value;
        break;
      case BPF_ALU | BPF_RSH | BPF_K:
        to = left >> value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        to = static_cast<uint64_t>(int64_t{one.imm});
        break;
      case BPF_JMP32 | BPF_JNE | BPF_K:
        at += left != value ? one.off : 0;
        break;
      case BPF_JMP32 | BPF_JSET | BPF_K:
        at += left & value ? one.off : 0;
        break;
      case BPF_JMP | BPF_JA:
        at += one.off;
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0] != 0;
      default:
        throw std::runtime_error("unexpected instruction");
    }
  }
}

bool allows(const std::vector<oci::DeviceRule>& rules, uint32_t type, uint32_t access, uint32_t major, uint32_t minor) {
  return run(decode(device_program(rules)), {access << 16 | type, major, minor});
}

TEST(DeviceProgram, WithoutRulesEverythingIsDenied) {
  EXPECT_FALSE(allows({}, kChar, kRead, 1, 3));
  EXPECT_EQ(decode(device_program({})).size(), 8u);
}

TEST(DeviceProgram, DefaultRules) {
  const std::vector<oci::DeviceRule> rules = default_device_rules();
  for (const uint32_t minor : {3u, 5u, 7u, 8u, 9u})
    EXPECT_TRUE(allows(rules, kChar, kRead | kWrite, 1, minor)) << minor;
  for (const uint32_t minor : {0u, 1u, 2u}) EXPECT_TRUE(allows(rules, kChar, kRead | kWrite, 5, minor)) << minor;
  EXPECT_TRUE(allows(rules, kChar, kRead | kWrite, 136, 77)) << "pts";
  EXPECT_TRUE(allows(rules, kBlock, kAccessMknod, 8, 0)) << "a node alone";
  EXPECT_FALSE(allows(rules, kBlock, kRead, 8, 0)) << "the disk";
  EXPECT_FALSE(allows(rules, kBlock, kAccessMknod | kRead, 8, 0));
  EXPECT_FALSE(allows(rules, kChar, kRead, 1, 1)) << "mem";
  EXPECT_FALSE(allows(rules, kChar, kRead, 10, 229)) << "fuse";
  EXPECT_FALSE(allows(rules, kBlock, kRead, 1, 3)) << "null's numbers as a block device";
}

TEST(DeviceProgram, TheLastMatchingRuleDecidesEachAccess) {
  const std::vector<oci::DeviceRule> rules = {
      {false, "a", {}, {}, "rwm"}, {true, "c", 10, {}, "r"}, {true, "c", 10, {}, "w"}, {false, "c", 10, 5, "w"}};
  EXPECT_TRUE(allows(rules, kChar, kRead | kWrite, 10, 1)) << "two rules together";
  EXPECT_FALSE(allows(rules, kChar, kRead | kWrite | kAccessMknod, 10, 1));
  EXPECT_TRUE(allows(rules, kChar, kRead, 10, 5));
  EXPECT_FALSE(allows(rules, kChar, kWrite, 10, 5));
  EXPECT_FALSE(allows(rules, kChar, kRead | kWrite, 10, 5)) << "one denied access denies the whole";
}

TEST(DeviceProgram, ABlanketRuleEndsTheProgram) {
  const std::vector<oci::DeviceRule> rules = {
      {false, "c", 1, 3, "rwm"}, {true, "a", {}, {}, "rwm"}, {false, "b", 8, {}, "w"}};
  EXPECT_TRUE(allows(rules, kChar, kRead, 1, 3)) << "what came before it has no effect";
  EXPECT_TRUE(allows(rules, kBlock, kRead, 8, 1));
  EXPECT_FALSE(allows(rules, kBlock, kWrite, 8, 1));
  EXPECT_EQ(device_program({rules[1], rules[2]}), device_program(rules));
}

TEST(DeviceProgram, InstructionsOfOneRule) {
  const std::vector<bpf_insn> code = decode(device_program({{true, "c", 1, 3, "rw"}}));
  ASSERT_EQ(code.size(), 6u + 7u + 2u);
  EXPECT_EQ(code[0].code, BPF_LDX | BPF_MEM | BPF_W);
  EXPECT_EQ(code[4].off, static_cast<int>(offsetof(bpf_cgroup_dev_ctx, major)));
  EXPECT_EQ(code[6].code, BPF_JMP32 | BPF_JNE | BPF_K);
  EXPECT_EQ(code[6].imm, BPF_DEVCG_DEV_CHAR);
  EXPECT_EQ(6 + 1 + code[6].off, 13) << "a mismatch goes on after the rule";
  EXPECT_EQ(code[7].imm, 1);
  EXPECT_EQ(code[8].imm, 3);
  EXPECT_EQ(8 + 1 + code[8].off, 13);
  EXPECT_EQ(code[14].code, BPF_JMP | BPF_EXIT);
}

}  // namespace
}  // namespace minidock::linux
