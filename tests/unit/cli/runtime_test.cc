// What `minidock runtime` prints and takes, where no container is needed.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/runtime/dispatch.h"
#include "cli/runtime/exec_process.h"
#include "cli/runtime/process_table.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/table.h"
#include "runtime/lifecycle/features.h"

namespace minidock::cli {
namespace {

TEST(RuntimeLog, IsWhatCallersParse) {
  EXPECT_EQ(log_line(LogFormat::json, "error", "no \"x\"", "2026-01-02T03:04:05Z"),
            "{\"level\":\"error\",\"msg\":\"no \\\"x\\\"\",\"time\":\"2026-01-02T03:04:05Z\"}\n");
  EXPECT_EQ(log_line(LogFormat::text, "warning", "no \"x\"\n", "T"),
            "time=\"T\" level=warning msg=\"no \\\"x\\\"\\n\"\n");
}

TEST(RuntimeLog, TakesAnyBytes) {
  EXPECT_NE(log_line(LogFormat::json, "error", "\xff", "T").find("\xef\xbf\xbd"), std::string::npos);
}

TEST(RuntimeName, IsTheLastPart) {
  EXPECT_TRUE(is_runtime_name("minidock-runtime"));
  EXPECT_TRUE(is_runtime_name("/usr/bin/minidock-runtime"));
  EXPECT_FALSE(is_runtime_name("/usr/bin/minidock"));
  EXPECT_FALSE(is_runtime_name(nullptr));
}

TEST(ExecUser, NumbersAreNeverNames) {
  oci::User user;
  set_exec_user(user, "1000:100");
  EXPECT_EQ(user.uid, 1000u);
  EXPECT_EQ(user.gid, 100u);
  EXPECT_FALSE(user.lookup);
  set_exec_user(user, "7");
  EXPECT_EQ(user.uid, 7u);
  EXPECT_EQ(user.gid, 0u);
  set_exec_user(user, "daemon:1");
  EXPECT_EQ(user.lookup, "daemon:1");
  // Out of range: left to the lookup, which refuses it.
  set_exec_user(user, "4294967296");
  EXPECT_EQ(user.uid, 0u);
  EXPECT_EQ(user.lookup, "4294967296");
}

TEST(ProcessTable, TerminalsByDeviceNumber) {
  EXPECT_EQ(terminal_name(0), "?");
  EXPECT_EQ(terminal_name(0x8803), "pts/3");
  EXPECT_EQ(terminal_name(0x401), "tty1");
}

TEST(ProcessTable, LinesOfPsByTheirNumber) {
  const std::string printed =
      "USER  PID %CPU CMD\nroot    1  0.0 init\nroot   12  0.0 sleep 1 \nroot  112  0.0 sh 12\n";
  EXPECT_EQ(lines_of_processes(printed, {12, 77}), "USER  PID %CPU CMD\nroot   12  0.0 sleep 1 \n");
  EXPECT_EQ(lines_of_processes(printed, {}), "USER  PID %CPU CMD\n");
  EXPECT_THROW(lines_of_processes("USER CMD\nroot init\n", {1}), Error);
  EXPECT_THROW(lines_of_processes("", {1}), Error);
}

TEST(RuntimeTable, LastColumnIsNotPadded) {
  EXPECT_EQ(aligned_table({{"ID", "X"}, {"abc", "y"}}, 4), "ID   X\nabc  y\n");
}

TEST(Features, ListsAreSortedAndWhole) {
  const auto features = nlohmann::json::parse(runtime::features_json({{"a", "b"}}));
  EXPECT_EQ(features["ociVersionMin"], "1.0.0");
  EXPECT_EQ(features["hooks"].size(), 6u);
  EXPECT_EQ(features["linux"]["namespaces"].size(), 8u);
  EXPECT_EQ(features["annotations"]["a"], "b");
  const std::vector<std::string> options = features["mountOptions"];
  EXPECT_TRUE(std::is_sorted(options.begin(), options.end()));
  for (const char* word : {"rbind", "rro", "nosymfollow", "rslave"})
    EXPECT_TRUE(std::binary_search(options.begin(), options.end(), word)) << word;
}

}  // namespace
}  // namespace minidock::cli
