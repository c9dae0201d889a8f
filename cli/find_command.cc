#include <algorithm>

#include "cli/command.h"
#include "cli/errors.h"

namespace minidock::cli {
namespace {

constexpr std::string_view kNouns[] = {"config",  "container", "healthcheck", "image", "manifest",
                                       "network", "runtime",   "system",      "volume"};

// Docker's verbs that this version does not have: a plain answer is better than "unknown".
constexpr std::string_view kLater[] = {"build", "search"};

bool entry_has(const CommandEntry& entry, std::string_view path) {
  if (entry.name == path) return true;
  const auto aliases = split(entry.aliases, ',');
  return std::find(aliases.begin(), aliases.end(), path) != aliases.end();
}

const CommandEntry* find_entry(const CommandTable& table, std::string_view path) {
  const auto entry = std::find_if(table.begin(), table.end(), [&](const auto& e) { return entry_has(e, path); });
  return entry == table.end() ? nullptr : &*entry;
}

}  // namespace

const CommandEntry* find_command(const CommandTable& table, const std::vector<std::string>& words, size_t& words_used) {
  if (words.empty()) return nullptr;
  words_used = is_noun(words[0]) && words.size() > 1 ? 2 : 1;
  return find_entry(table, words_used == 2 ? cat(words[0], " ", words[1]) : words[0]);
}

bool is_noun(std::string_view word) {
  return std::find(std::begin(kNouns), std::end(kNouns), word) != std::end(kNouns);
}

void throw_unknown_command(const CommandTable& table, const std::vector<std::string>& words) {
  const bool with_noun = is_noun(words[0]) && words.size() > 1;
  const std::string& verb = with_noun ? words[1] : words[0];
  const std::string where = with_noun ? cat("minidock ", words[0]) : "minidock";
  const std::string path = with_noun ? cat(words[0], " ", verb) : verb;
  if (std::find(std::begin(kLater), std::end(kLater), verb) != std::end(kLater)) {
    throw UsageError(where, cat(path, " is not supported yet"), 1);
  }
  std::vector<std::string> names;
  for (const CommandEntry& entry : table) {
    for (const std::string& name : split(cat(entry.name, ",", entry.aliases), ',')) {
      const bool same_noun = with_noun ? name.starts_with(cat(words[0], " ")) : name.find(' ') == std::string::npos;
      if (same_noun && !name.empty() && !name.starts_with('_')) names.push_back(name);
    }
  }
  const auto near = near_names(path, names);
  const std::string hint = near.empty() ? "" : cat("; did you mean ", join(near, " or "), "?");
  throw UsageError(where, cat("unknown command: minidock ", printable(path), hint), 1);
}

}  // namespace minidock::cli
