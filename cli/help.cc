#include "cli/help.h"

#include <algorithm>

#include "embedded/man_pages.h"

namespace minidock::cli {
namespace {

constexpr std::string_view kGlobalOptions =
    "Global options, before the command:\n"
    "      --root DIR              Where images and containers are kept (MINIDOCK_ROOT; default /var/lib/minidock)\n"
    "      --run-root DIR          Where running state is kept (MINIDOCK_RUN_ROOT; default /run/minidock, or one that "
    "belongs to --root)\n"
    "      --config-file FILE      The configuration (MINIDOCK_CONFIG_FILE; default /etc/minidock/config.toml, then "
    "the "
    "user's)\n"
    "      --storage-driver NAME   How a new store keeps images: erofs or overlay (MINIDOCK_STORAGE_DRIVER; default "
    "erofs where it works)\n"
    "      --explain               Print each kernel step of a start, and why, before it is done\n"
    "  -D, --debug                 Say more about errors\n"
    "  -v, --version               Print the version and exit\n"
    "      --help                  Print this text and exit\n";

std::string line_of(std::string_view name, std::string_view summary, size_t width) {
  return cat("  ", name, std::string(width - name.size() + 2, ' '), summary, "\n");
}

std::string lines_of(const std::vector<std::pair<std::string, std::string_view>>& commands) {
  size_t width = 0;
  for (const auto& [name, summary] : commands) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, summary] : commands) out += line_of(name, summary, width);
  return out;
}

// "**name**" and "`name`" lose their marks.
std::string plain(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '`') continue;
    if (line.substr(i, 2) == "**") {
      ++i;
      continue;
    }
    out += line[i];
  }
  return out;
}

std::string capitals(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(toupper(letter)); });
  return out;
}

}  // namespace

std::string_view man_text(std::string_view command) {
  std::string name(command);
  std::replace(name.begin(), name.end(), ' ', '_');
  for (const auto& page : embedded::kManPages) {
    if (page.name == name) return page.text();
  }
  return {};
}

std::string help_text(std::string_view page) {
  std::string out;
  for (const std::string& line : split(page, '\n')) {
    if (line.starts_with("# ")) continue;  // the title: the synopsis says it again
    const bool heading = line.starts_with("## ");
    out += heading ? capitals(line.substr(3)) : line.starts_with("    ") ? line : plain(line);
    out += '\n';
  }
  const size_t start = out.find_first_not_of('\n');
  return start == std::string::npos ? "" : cat(trim(out), "\n");
}

std::string overview_text(const CommandTable& table) {
  std::vector<std::pair<std::string, std::string_view>> verbs, nouns;
  for (const CommandEntry& entry : table) {
    if (entry.summary.empty() || entry.name.starts_with("runtime ")) continue;
    (entry.name.find(' ') == entry.name.npos ? verbs : nouns).emplace_back(entry.name, entry.summary);
  }
  nouns.emplace_back("runtime", "Run OCI bundles, as engines ask an OCI runtime to");
  return cat(
      "Usage: minidock [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]\n\n"
      "A container engine without a daemon: import a root filesystem, run commands in it.\n\n"
      "Commands:\n",
      lines_of(verbs), "\nManagement commands:\n", lines_of(nouns), "\n", kGlobalOptions,
      "\nRun 'minidock COMMAND --help' for more on a command.\n");
}

std::string noun_text(const CommandTable& table, std::string_view noun) {
  std::vector<std::pair<std::string, std::string_view>> commands;
  for (const CommandEntry& entry : table) {
    for (const std::string& name : split(cat(entry.name, ",", entry.aliases), ',')) {
      if (name.starts_with(cat(noun, " "))) {
        commands.emplace_back(name.substr(noun.size() + 1), entry.summary);
        break;  // one name a command; the others are spellings
      }
    }
  }
  std::sort(commands.begin(), commands.end());
  return cat("Usage: minidock ", noun, " COMMAND\n\nCommands:\n", lines_of(commands), "\nRun 'minidock ", noun,
             " COMMAND --help' for more on a command.\n");
}

bool is_option_line(std::string_view line) {
  return line.starts_with("    ") && trim(line).starts_with('-');
}

DocumentedOption parse_option_line(std::string_view line) {
  const std::string_view all = trim(line);
  const size_t gap = all.find("  ");
  DocumentedOption option;
  if (gap != all.npos) option.text = trim(all.substr(gap));
  for (const std::string& word : split(all.substr(0, gap), ' ')) {
    if (word.starts_with('-')) {
      option.flags.push_back(word.ends_with(',') ? word.substr(0, word.size() - 1) : word);
    } else {
      option.argument += cat(option.argument.empty() ? "" : " ", word);
    }
  }
  return option;
}

std::vector<DocumentedOption> documented_options(std::string_view page) {
  constexpr std::string_view kGoesOn = "                              ";
  std::vector<DocumentedOption> options;
  bool inside = false;
  for (const std::string& line : split(page, '\n')) {
    if (line.starts_with("## ")) inside = line == "## Options";
    if (!inside) continue;
    if (line.starts_with(kGoesOn) && !options.empty()) {
      options.back().text += cat(" ", trim(line));
    } else if (is_option_line(line)) {
      options.push_back(parse_option_line(line));
    }
  }
  return options;
}

std::vector<std::string> documented_flags(std::string_view page) {
  std::vector<std::string> flags;
  for (const DocumentedOption& option : documented_options(page)) {
    flags.insert(flags.end(), option.flags.begin(), option.flags.end());
  }
  return flags;
}

}  // namespace minidock::cli
