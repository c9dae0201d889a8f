#include "base/text.h"

#include <gtest/gtest.h>

namespace minidock {
namespace {

TEST(Text, CatJoinsTextAndNumbers) {
  EXPECT_EQ(cat("layer ", 2, ": ", std::string("x"), '!'), "layer 2: x!");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a::b:", ':'), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ':'), std::vector<std::string>{""});
}

TEST(Text, ParseIntTakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_int("-12"), -12);
  for (const char* bad : {"", "+1", " 1", "1 ", "0x1", "99999999999999999999"})
    EXPECT_EQ(parse_int(bad), std::nullopt) << bad;
}

TEST(Text, PrintableEscapesWhatMovesACursor) {
  EXPECT_EQ(printable("a\n\x1b[2J\x7f"), "a\\n\\x1b[2J\\x7f");
  EXPECT_EQ(printable("na\xc3\xafve"), "na\xc3\xafve");
  EXPECT_EQ(printable("\xff\xc2\x9b"), "\\xff\\xc2\\x9b");  // a stray byte; a C1 control
}

TEST(Text, BytesAsDockerReadsThem) {
  EXPECT_EQ(parse_bytes("512"), 512);
  EXPECT_EQ(parse_bytes("64k"), 65536);
  EXPECT_EQ(parse_bytes("10M"), 10 << 20);
  EXPECT_EQ(parse_bytes("1.5g"), 1610612736);
  EXPECT_EQ(parse_bytes("1GiB"), 1 << 30);
  EXPECT_EQ(parse_bytes("2kb"), 2048);
  for (const char* bad : {"", "x", "10x", "-1", "1.2.3", "9e", "99999p"})
    EXPECT_EQ(parse_bytes(bad), std::nullopt) << bad;
}

TEST(Text, SizesAsDockerPrintsThem) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(4480), "4.48kB");
  EXPECT_EQ(human_size(173000000), "173MB");
  EXPECT_EQ(human_bytes(64 << 20), "64MiB");
}

TEST(Text, ChecksumIsFnv1a) {
  EXPECT_EQ(checksum(""), 0xcbf29ce484222325u);
  EXPECT_EQ(checksum("foobar"), 0x85944171f73967e8u);  // from the authors' test vectors
  EXPECT_EQ(short_hash("foobar"), "85944171");
}

TEST(Text, NearNamesFindsTypingErrors) {
  EXPECT_EQ(near_names("ubunut", {"alpine", "ubuntu", "debian"}), std::vector<std::string>{"ubuntu"});
  EXPECT_TRUE(near_names("postgres", {"alpine"}).empty());
}

TEST(Text, BoolsAndNames) {
  for (const char* word : {"1", "t", "T", "TRUE", "true", "True"}) EXPECT_EQ(parse_bool(word), true) << word;
  for (const char* word : {"0", "f", "F", "FALSE", "false", "False"}) EXPECT_EQ(parse_bool(word), false) << word;
  for (const char* word : {"", "yes", "tRUE", "2"}) EXPECT_EQ(parse_bool(word), std::nullopt) << word;
  for (const char* name : {"a", "A1", "0_.-"}) EXPECT_TRUE(is_plain_name(name)) << name;
  for (const char* name : {"", "-a", ".a", "_a", "a/b", "a b", "\xc3\xa4"}) EXPECT_FALSE(is_plain_name(name)) << name;
}

}  // namespace
}  // namespace minidock
