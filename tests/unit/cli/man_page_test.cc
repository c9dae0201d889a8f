// Man pages: what roff would take for its own is written so that the reader sees it.
#include "cli/man_page.h"

#include <gmock/gmock.h>

#include "base/text.h"
#include "cli/help.h"

namespace minidock::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string page_of(std::string_view text) {
  return man_page("minidock-x", "Do it", "", text);
}

TEST(ManPage, NameAndSections) {
  const std::string page =
      page_of("# minidock x\n\n## Synopsis\n\n    minidock x [OPTIONS]\n\n## Description\n\nOne.\n\nTwo.\n");
  EXPECT_THAT(page, HasSubstr(".TH \"MINIDOCK\\-X\" \"1\" \"\" \"minidock "));
  EXPECT_THAT(page, HasSubstr(".SH \"NAME\"\nminidock\\-x \\- Do it\n"));
  EXPECT_THAT(page,
              HasSubstr(".SH \"SYNOPSIS\"\n.nf\nminidock x [OPTIONS]\n.fi\n.SH \"DESCRIPTION\"\nOne.\n.PP\nTwo.\n"));
}

TEST(ManPage, Options) {
  const std::string page = page_of(
      "## Options\n\nGroup:\n\n    -m, --memory SIZE              Limit: 64m,\n                                   or "
      "`1g`\n"
      "        --rm                       Remove\n");
  EXPECT_THAT(
      page,
      HasSubstr(".SS \"Group\"\n.TP\n\\fB\\-m\\fR, \\fB\\-\\-memory\\fR \\fISIZE\\fR\nLimit: 64m,\nor \\fB1g\\fR\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-rm\\fR\nRemove\n"));
}

TEST(ManPage, RoffsOwnSigns) {
  const std::string page = page_of("## Examples\n\n    .dot 'a' \\ ~ ^ -x\n\n## Description\n\n.dot and 'a' `-x`\n");
  EXPECT_THAT(page, HasSubstr("\\&.dot \\(aqa\\(aq \\e \\(ti \\(ha \\-x\n"));
  EXPECT_THAT(page, HasSubstr("\\&.dot and 'a' \\fB\\-x\\fR\n"));
}

TEST(ManPage, SignsBeyondAscii) {
  EXPECT_THAT(page_of("## Description\n\nµ … €\n"), HasSubstr("\\[u00B5] \\[u2026] \\[u20AC]\n"));
}

TEST(ManPage, EveryPageHasItsPartsAndEveryFlag) {
  for (const CommandEntry& entry : command_table()) {
    if (entry.summary.empty()) continue;
    const std::string page = man_page(man_page_name(entry.name), entry.summary, entry.aliases, man_text(entry.name));
    for (const char* part : {"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"}) {
      EXPECT_THAT(page, HasSubstr(cat(".SH \"", part, "\"\n"))) << entry.name;
    }
    for (std::string flag : documented_flags(man_text(entry.name))) {
      for (size_t at = 0; (at = flag.find('-', at)) != flag.npos; at += 2) flag.insert(at, "\\");
      EXPECT_THAT(page, HasSubstr(cat("\\fB", flag, "\\fR"))) << entry.name;
    }
    EXPECT_THAT(page, Not(HasSubstr("`"))) << entry.name;
  }
}

TEST(ManPage, TheMainPageListsAllAndTheGlobalOptions) {
  const std::string page = main_man_page(command_table()), overview = overview_text(command_table());
  EXPECT_THAT(page, HasSubstr("\\fBminidock\\-image\\-prune\\fR(1)\n"));
  EXPECT_THAT(page, Not(HasSubstr("__")));
  const auto flags = documented_flags(man_text("minidock"));
  EXPECT_EQ(flags.size(), 10u);
  for (const std::string& flag : flags) EXPECT_THAT(overview, HasSubstr(flag));
}

}  // namespace
}  // namespace minidock::cli
