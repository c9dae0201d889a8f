// Why a command could not be executed, and what to do about it: from facts about a file to one line of text. Pure.
// Sources: execve(2), elf(5), Documentation/admin-guide/binfmt-misc.rst.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minidock::engine {

// What an executable's first bytes say of it.
struct ElfFacts {
  bool is_64_bit = false;
  uint16_t machine = 0;     // EM_*
  std::string interpreter;  // the dynamic loader's path; "" for a static program
};
// nullopt for what is no ELF file. What lies beyond `head` counts as absent.
std::optional<ElfFacts> parse_elf(std::string_view head);

// The interpreter's path of "#!PATH ARGUMENT", with a carriage return that ends the line; nullopt without "#!".
std::optional<std::string> parse_shebang(std::string_view head);

struct CommandFacts {
  enum class Kind { missing, directory, regular, other };
  std::string name;         // argv[0]
  std::string search_path;  // PATH, for a name without a slash; else ""
  Kind kind = Kind::missing;
  std::string path;  // in the container: where it was found, or should be
  uint32_t mode = 0, owner = 0;
  std::string user;                 // who was to execute it; "" is root
  bool forbidden_by_mount = false;  // noexec
  std::string head;                 // the first bytes of a regular file
  bool interpreter_there = true;    // the loader's or script's, where there is one
  bool shell_there = false;         // /bin/sh
};

// "CAUSE; FIX", or "" where the facts tell nothing. `host_machine` is the kernel's EM_* number.
std::string diagnose(const CommandFacts& facts, uint16_t host_machine);

uint16_t host_elf_machine();

}  // namespace minidock::engine
