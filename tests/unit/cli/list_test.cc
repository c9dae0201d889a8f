#include "cli/format/list.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "cli/table.h"

namespace minidock::cli::format {
namespace {

ListKind kind() {
  return {"{{.ID}}\\t{{.Names}}\\t{{.Status}}", {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}, {"Status", "STATUS"}}};
}

std::vector<ListLine> lines() {
  return {
      {Json{{"ID", "0123456789ab"}, {"Names", "web"}, {"Status", "Up 5 seconds"}},
       Json{{"com.example.a-b", "1"}, {"x", "2"}}},
      {Json{{"ID", "ba9876543210"}, {"Names", "a-much-longer-name"}, {"Status", "Exited (0) <1>"}}, Json::object()}};
}

TEST(List, DefaultTable) {
  const std::string expected =
      "CONTAINER ID   NAMES                STATUS\n"
      "0123456789ab   web                  Up 5 seconds\n"
      "ba9876543210   a-much-longer-name   Exited (0) <1>\n";
  EXPECT_EQ(list_text("", kind(), lines()), expected);
  EXPECT_EQ(list_text("table", kind(), lines()), expected);
}

TEST(List, EmptyTableHasItsHeader) {
  EXPECT_EQ(list_text("", kind(), {}), "CONTAINER ID   NAMES     STATUS\n");
}

TEST(List, OwnTable) {
  EXPECT_EQ(list_text("table {{.Names}}\\t{{.Status}}", kind(), {lines()[0]}),
            "NAMES     STATUS\nweb       Up 5 seconds\n");
  EXPECT_EQ(list_text("table {{upper .Names}}\\t{{truncate .Status 2}}", kind(), {lines()[0]}),
            "NAMES     STATUS\nWEB       Up\n");
  EXPECT_EQ(list_text("table {{.Label \"com.example.a-b\"}}", kind(), {lines()[0]}), "a b\n1\n");
}

TEST(List, LineTemplates) {
  EXPECT_EQ(list_text("{{.Names}}:{{.ID}}", kind(), lines()), "web:0123456789ab\na-much-longer-name:ba9876543210\n");
  EXPECT_EQ(list_text("{{.Label \"x\"}}", kind(), lines()), "2\n\n");
  EXPECT_EQ(list_text("a\\tb", kind(), {lines()[0]}), "a\tb\n");
}

TEST(List, JsonEscapesMarkup) {
  EXPECT_EQ(list_text("json", kind(), {lines()[1]}),
            "{\"ID\":\"ba9876543210\",\"Names\":\"a-much-longer-name\",\"Status\":\"Exited (0) \\u003c1\\u003e\"}\n");
}

TEST(List, SaysWhatIsWrong) {
  const auto failure = [](const char* format) {
    try {
      return list_text(format, kind(), lines());
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(failure("{{"), "failed to parse template: template: :1: unclosed action");
  EXPECT_EQ(failure("{{.Nope}}").substr(0, 67),
            "failed to execute template: template: :1:2: executing \"\" at <.Nope>");
}

TEST(Table, CellsOfARunShareAWidth) {
  EXPECT_EQ(align_columns("a\tb\nlonger than ten\tc\n"), "a                 b\nlonger than ten   c\n");
  // The last cell of a line does not widen anything, and a line without tabs ends a run.
  EXPECT_EQ(align_columns("a\tb\na line without tabs\nlonger than ten\tc\n"),
            "a         b\na line without tabs\nlonger than ten   c\n");
  EXPECT_EQ(align_columns("a\t\tb\n"), "a                   b\n");
}

TEST(Table, CountsCharactersNotBytes) {
  EXPECT_EQ(align_columns("äöü\tx\n"), "äöü       x\n");
}

}  // namespace
}  // namespace minidock::cli::format
