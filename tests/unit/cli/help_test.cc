// The texts of cli/man and the parsers cannot drift apart: every flag of the one is in the other.
#include "cli/help.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cli/options/options.h"

namespace minidock::cli {
namespace {

TEST(Help, EveryCommandHasItsPage) {
  for (const CommandEntry& entry : command_table()) {
    if (entry.summary.empty()) continue;
    const std::string_view page = man_text(entry.name);
    EXPECT_TRUE(page.starts_with(cat("# minidock ", entry.name, "\n"))) << entry.name;
    for (const char* section : {"## Synopsis", "## Description", "## Exit status", "## Examples"}) {
      EXPECT_NE(page.find(section), page.npos) << entry.name << ": " << section;
    }
    EXPECT_NE(page.find(cat("\n    minidock ", entry.name)), page.npos) << entry.name << ": synopsis";
  }
}

TEST(Help, PagesAndParsersNameTheSameFlags) {
  for (const CommandEntry& entry : command_table()) {
    if (entry.summary.empty()) continue;
    const auto command = entry.make();
    Options options(std::string(entry.name));
    command->declare(options);
    const auto names = options.names();
    const auto documented = documented_flags(man_text(entry.name));
    const std::set<std::string> parsed(names.begin(), names.end()), written(documented.begin(), documented.end());
    EXPECT_EQ(parsed, written) << entry.name;
    EXPECT_EQ(written.size(), documented.size()) << entry.name << ": a flag is documented twice";
  }
}

TEST(Help, NamesAndAliasesAreUnique) {
  std::set<std::string> seen;
  for (const CommandEntry& entry : command_table()) {
    for (const std::string& name : split(cat(entry.name, ",", entry.aliases), ',')) {
      EXPECT_TRUE(name.empty() || seen.insert(name).second) << name;
    }
  }
}

TEST(Help, TheTerminalsFormHasNoMarkup) {
  const std::string text =
      help_text("# minidock x\n\n## Synopsis\n\n    minidock x\n\n## Description\n\nSee `y` and **z**.\n");
  EXPECT_EQ(text, "SYNOPSIS\n\n    minidock x\n\nDESCRIPTION\n\nSee y and z.\n");
}

TEST(Help, FindsOneAndTwoWordCommands) {
  size_t used = 0;
  EXPECT_EQ(find_command(command_table(), {"ps"}, used)->name, "ps");
  EXPECT_EQ(find_command(command_table(), {"container", "ls", "-a"}, used)->name, "ps");
  EXPECT_EQ(used, 2u);
  EXPECT_EQ(find_command(command_table(), {"system", "check"}, used)->name, "system check");
  EXPECT_EQ(find_command(command_table(), {"nope"}, used), nullptr);
}

TEST(Help, UnknownCommandsGetNearNames) {
  const auto message = [](const std::vector<std::string>& words) {
    try {
      throw_unknown_command(command_table(), words);
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(message({"imprt"}), "unknown command: minidock imprt; did you mean import?");
  EXPECT_EQ(message({"search"}), "search is not supported yet");
  EXPECT_EQ(message({"container", "lst"}),
            "unknown command: minidock container lst; did you mean container list or container ls or container ps?");
  EXPECT_EQ(message({"qqqqqq"}), "unknown command: minidock qqqqqq");
}

}  // namespace
}  // namespace minidock::cli
