#include "engine/diagnosis.h"

#include <elf.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/text.h"

namespace minidock::engine {

namespace {

template <typename Header>
std::optional<Header> header_at(std::string_view bytes, uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, bytes.data() + offset, sizeof header);
  return header;
}

template <typename File, typename Program>
ElfFacts parse_headers(std::string_view head) {
  ElfFacts out;
  const auto file = header_at<File>(head, 0);
  if (!file) return out;
  out.machine = file->e_machine;
  for (uint16_t i = 0; i < file->e_phnum; ++i) {
    const auto program = header_at<Program>(head, file->e_phoff + uint64_t{i} * file->e_phentsize);
    if (!program) break;
    if (program->p_type != PT_INTERP || program->p_offset >= head.size()) continue;
    const std::string_view text = head.substr(program->p_offset, program->p_filesz);
    out.interpreter = text.substr(0, text.find('\0'));
  }
  return out;
}

std::string machine_name(uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86_64";
    case EM_386:
      return "32-bit x86";
    case EM_AARCH64:
      return "arm64";
    case EM_ARM:
      return "32-bit arm";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390x";
    case EM_RISCV:
      return "riscv";
    case EM_MIPS:
      return "mips";
    default:
      return cat("another kind of machine (", machine, ")");
  }
}

bool runs_on(uint16_t machine, uint16_t host) {
  return machine == host || (host == EM_X86_64 && machine == EM_386) || (host == EM_AARCH64 && machine == EM_ARM);
}

std::string octal(uint32_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", mode & 07777);
  return text;
}

std::string missing_text(const CommandFacts& facts) {
  const std::string name = printable(facts.name);
  if (name.find(' ') != name.npos) {
    return cat("the whole of '", name,
               "' was taken for the name of a program; give its words one by one, or use: sh -c '", name, "'");
  }
  const char* shell = facts.shell_there ? "; the image has /bin/sh" : "";
  if (facts.search_path.empty()) {
    return cat("there is no ", printable(facts.path), " in the container; check the path, or install it in the image",
               shell);
  }
  return cat("no directory of PATH (", printable(facts.search_path), ") has ", name,
             "; install it in the image, or give its whole path", shell);
}

std::string permission_text(const CommandFacts& facts) {
  const std::string path = printable(facts.path);
  if (facts.forbidden_by_mount) {
    return cat(path,
               " lies on a mount that forbids execution (noexec); use a mount with the option exec, or copy it "
               "into the image");
  }
  if ((facts.mode & 0111) == 0) {
    return cat(path, " is not executable (mode ", octal(facts.mode),
               "); set the bit with chmod +x, or give it to its "
               "interpreter: sh ",
               path);
  }
  const bool is_root = facts.user.empty() || facts.user == "root" || facts.user == "0";
  if (!is_root && (facts.mode & 0001) == 0) {
    return cat("user ", printable(facts.user), " may not execute ", path, " (mode ", octal(facts.mode), ", owner ",
               facts.owner, "); run as its owner with -u, or set the bit with chmod o+x");
  }
  return "";
}

std::string script_text(const CommandFacts& facts, const std::string& interpreter) {
  const std::string path = printable(facts.path);
  if (interpreter.ends_with('\r')) {
    return cat("the first line of ", path, " ends with a carriage return, which makes its interpreter '",
               printable(interpreter), "'; save it with Unix line ends (sed -i 's/\\r$//')");
  }
  if (interpreter.empty()) return cat(path, " names no interpreter after #!; begin it with #!/bin/sh");
  if (facts.interpreter_there) return "";
  return cat(path, " is a script for ", printable(interpreter),
             ", which is not in the image; install that, or change the first line");
}

std::string program_text(const CommandFacts& facts, const ElfFacts& elf, uint16_t host_machine) {
  const std::string path = printable(facts.path);
  if (!runs_on(elf.machine, host_machine)) {
    return cat(path, " is a program for ", machine_name(elf.machine), " and this machine is ",
               machine_name(host_machine), "; get the image for this machine, or set up binfmt_misc with qemu-user");
  }
  if (elf.interpreter.empty() || facts.interpreter_there) return "";
  return cat(path, " needs the dynamic loader ", printable(elf.interpreter),
             ", which is not in the image; link it statically, or take an image with that C library");
}

bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](char letter) {
    return static_cast<unsigned char>(letter) >= ' ' || letter == '\n' || letter == '\t' || letter == '\r';
  });
}

std::string content_text(const CommandFacts& facts, uint16_t host_machine) {
  const std::string path = printable(facts.path);
  if (facts.head.empty()) return cat(path, " is empty; put the program there");
  if (const auto elf = parse_elf(facts.head)) return program_text(facts, *elf, host_machine);
  if (const auto interpreter = parse_shebang(facts.head)) return script_text(facts, *interpreter);
  if (facts.head.starts_with("\xEF\xBB\xBF#!")) {
    return cat(path, " begins with a byte order mark, not with #!; save it as UTF-8 without one");
  }
  if (is_text(facts.head)) {
    return cat(path, " is a text whose first line is no #! line; begin it with #!/bin/sh, or use: sh ", path);
  }
  return cat(path, " is neither a program nor a script; check what it is");
}

}  // namespace

std::optional<ElfFacts> parse_elf(std::string_view head) {
  if (!head.starts_with(std::string_view(ELFMAG, SELFMAG)) || head.size() < EI_NIDENT) return std::nullopt;
  if (head[EI_CLASS] == ELFCLASS64) {
    ElfFacts facts = parse_headers<Elf64_Ehdr, Elf64_Phdr>(head);
    facts.is_64_bit = true;
    return facts;
  }
  return parse_headers<Elf32_Ehdr, Elf32_Phdr>(head);
}

std::optional<std::string> parse_shebang(std::string_view head) {
  if (!head.starts_with("#!")) return std::nullopt;
  std::string_view line = head.substr(2, head.find('\n') - 2);
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

std::string diagnose(const CommandFacts& facts, uint16_t host_machine) {
  switch (facts.kind) {
    case CommandFacts::Kind::missing:
      return missing_text(facts);
    case CommandFacts::Kind::directory:
      return cat(printable(facts.path), " is a directory; give a program in it");
    case CommandFacts::Kind::other:
      return cat(printable(facts.path), " is no regular file; give a program");
    case CommandFacts::Kind::regular:
      break;
  }
  const std::string permission = permission_text(facts);
  return permission.empty() ? content_text(facts, host_machine) : permission;
}

uint16_t host_elf_machine() {
#if defined(__x86_64__)
  return EM_X86_64;
#elif defined(__aarch64__)
  return EM_AARCH64;
#elif defined(__riscv)
  return EM_RISCV;
#elif defined(__powerpc64__)
  return EM_PPC64;
#else
  return EM_S390;
#endif
}

}  // namespace minidock::engine
