// Help texts: one Markdown page a command in cli/man, built into the program. It is the --help of the command,
// what `minidock help COMMAND` prints, and the source of its man page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace minidock::cli {

// The page of "run" or "system check"; "" where there is none (hidden commands).
std::string_view man_text(std::string_view command);

// The page as the terminal shows it: headings in capitals, code marks left out.
std::string help_text(std::string_view page);

// What `minidock` without arguments prints: usage, commands, global options.
std::string overview_text(const CommandTable& table);
std::string noun_text(const CommandTable& table, std::string_view noun);  // "minidock container"

// An option as a page's "## Options" section has it: "    -m, --memory SIZE   text", with the lines that go on with it.
struct DocumentedOption {
  std::vector<std::string> flags;  // "-m", "--memory"
  std::string argument;            // "SIZE", "" without
  std::string text;
};
bool is_option_line(std::string_view line);
DocumentedOption parse_option_line(std::string_view line);
std::vector<DocumentedOption> documented_options(std::string_view page);

// Flags a page documents in its "## Options" section, in order: "-m", "--memory", …
std::vector<std::string> documented_flags(std::string_view page);

}  // namespace minidock::cli
