#include "engine/diagnosis.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace minidock::engine {
namespace {

using ::testing::HasSubstr;
using Kind = CommandFacts::Kind;

std::string elf_file(uint16_t machine, const std::string& interpreter) {
  Elf64_Ehdr file = {};
  std::memcpy(file.e_ident, ELFMAG, SELFMAG);
  file.e_ident[EI_CLASS] = ELFCLASS64;
  file.e_machine = machine;
  file.e_phoff = sizeof file;
  file.e_phentsize = sizeof(Elf64_Phdr);
  file.e_phnum = interpreter.empty() ? 0 : 1;
  Elf64_Phdr program = {};
  program.p_type = PT_INTERP;
  program.p_offset = sizeof file + sizeof program;
  program.p_filesz = interpreter.size() + 1;
  std::string out(reinterpret_cast<const char*>(&file), sizeof file);
  out.append(reinterpret_cast<const char*>(&program), sizeof program);
  return out + interpreter + '\0';
}

CommandFacts file_with(const std::string& head) {
  CommandFacts facts;
  facts.name = facts.path = "/app/run";
  facts.kind = Kind::regular;
  facts.mode = 0755;
  facts.head = head;
  return facts;
}

TEST(Elf, HeadersTellMachineAndLoader) {
  const auto elf = parse_elf(elf_file(EM_AARCH64, "/lib/ld-linux-aarch64.so.1"));
  ASSERT_TRUE(elf);
  EXPECT_TRUE(elf->is_64_bit);
  EXPECT_EQ(elf->machine, EM_AARCH64);
  EXPECT_EQ(elf->interpreter, "/lib/ld-linux-aarch64.so.1");
  EXPECT_EQ(parse_elf(elf_file(EM_X86_64, ""))->interpreter, "");
}

TEST(Elf, WhatIsCutOrWildIsNoLoader) {
  const std::string whole = elf_file(EM_X86_64, "/lib64/ld.so");
  for (size_t size = 0; size < whole.size(); ++size) parse_elf(whole.substr(0, size));
  std::string wild = whole;
  std::memset(wild.data() + offsetof(Elf64_Ehdr, e_phoff), 0xff, 8);
  EXPECT_EQ(parse_elf(wild)->interpreter, "");
  EXPECT_FALSE(parse_elf("#!/bin/sh\n"));
  EXPECT_FALSE(parse_elf(""));
}

TEST(Shebang, IsTheFirstWord) {
  EXPECT_EQ(parse_shebang("#!/bin/sh\necho"), "/bin/sh");
  EXPECT_EQ(parse_shebang("#! /usr/bin/env python3 -u\n"), "/usr/bin/env");
  EXPECT_EQ(parse_shebang("#!/bin/sh\r\n"), "/bin/sh\r");
  EXPECT_EQ(parse_shebang("#!"), "");
  EXPECT_FALSE(parse_shebang("echo hi\n"));
}

TEST(Diagnosis, MissingPrograms) {
  CommandFacts facts;
  facts.name = "nope";
  facts.search_path = "/bin:/usr/bin";
  facts.shell_there = true;
  EXPECT_EQ(diagnose(facts, EM_X86_64),
            "no directory of PATH (/bin:/usr/bin) has nope; install it in the image, or give its whole path; the image "
            "has /bin/sh");
  facts.name = "echo hi";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("give its words one by one, or use: sh -c 'echo hi'"));
  facts.search_path = "";
  facts.name = facts.path = "/nope";
  facts.shell_there = false;
  EXPECT_EQ(diagnose(facts, EM_X86_64),
            "there is no /nope in the container; check the path, or install it in the image");
}

TEST(Diagnosis, FilesThatMayNotBeExecuted) {
  CommandFacts facts = file_with("#!/bin/sh\n");
  facts.kind = Kind::directory;
  EXPECT_EQ(diagnose(facts, EM_X86_64), "/app/run is a directory; give a program in it");
  facts.kind = Kind::regular;
  facts.mode = 0644;
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("is not executable (mode 0644); set the bit with chmod +x"));
  facts.mode = 0750;
  EXPECT_EQ(diagnose(facts, EM_X86_64), "") << "root may";
  facts.user = "nobody";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("user nobody may not execute /app/run (mode 0750, owner 0)"));
  facts.forbidden_by_mount = true;
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("noexec"));
}

TEST(Diagnosis, Scripts) {
  CommandFacts facts = file_with("#!/usr/bin/python3\nprint()\n");
  EXPECT_EQ(diagnose(facts, EM_X86_64), "");
  facts.interpreter_there = false;
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("is a script for /usr/bin/python3, which is not in the image"));
  facts.head = "#!/bin/sh\r\necho\r\n";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("makes its interpreter '/bin/sh\\r'; save it with Unix line ends"));
  facts.head = "\xEF\xBB\xBF#!/bin/sh\n";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("byte order mark"));
  facts.head = "echo hi\n";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("begin it with #!/bin/sh"));
  facts.head = "";
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("is empty"));
  facts.head = std::string("\x01\x02\x03", 3);
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("neither a program nor a script"));
}

TEST(Diagnosis, Programs) {
  CommandFacts facts = file_with(elf_file(EM_AARCH64, ""));
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("is a program for arm64 and this machine is x86_64"));
  EXPECT_EQ(diagnose(facts, EM_AARCH64), "");
  facts.head = elf_file(EM_X86_64, "/lib/ld-musl-x86_64.so.1");
  EXPECT_EQ(diagnose(facts, EM_X86_64), "");
  facts.interpreter_there = false;
  EXPECT_THAT(diagnose(facts, EM_X86_64), HasSubstr("needs the dynamic loader /lib/ld-musl-x86_64.so.1"));
}

}  // namespace
}  // namespace minidock::engine
