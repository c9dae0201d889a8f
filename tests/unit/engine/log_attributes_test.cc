#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/log_attributes.h"

namespace minidock::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class LogAttributesTest : public testing::Test {
 protected:
  LogAttributesTest() {
    row_.id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    row_.name = "web";
    config_.image = "box:latest";
    config_.args = {"echo", "hello"};
    config_.labels = {{"com.one", "1"}, {"two", "a b"}, {"_three", "x\ny"}};
    config_.image_defaults.env = {"PATH=/bin", "LEVEL=low"};
    config_.env = {"LEVEL=high", "EMPTY="};
  }
  void set(const char* name, const char* value) { config_.log_options[name] = value; }
  std::string tag_failure(const std::string& pattern) {
    try {
      log_tag(pattern, row_, config_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  store::ContainerRow row_;
  ContainerConfig config_;
};

TEST_F(LogAttributesTest, NothingUnlessAskedFor) {
  EXPECT_THAT(log_attributes(config_), IsEmpty());
  config_.log_driver = "json-file";
  EXPECT_EQ(log_extra(row_, config_), "");
  EXPECT_EQ(log_details(row_, config_), "");
}

TEST_F(LogAttributesTest, LabelsAndVariablesByNameAndByPattern) {
  set("labels", "two,nope");
  set("labels-regex", "^com\\.");
  set("env", "LEVEL,EMPTY");
  set("env-regex", "^PA");
  EXPECT_THAT(log_attributes(config_), ElementsAre(Pair("EMPTY", ""), Pair("LEVEL", "high"), Pair("PATH", "/bin"),
                                                   Pair("com.one", "1"), Pair("two", "a b")));
  EXPECT_EQ(log_details(row_, config_), "EMPTY=,LEVEL=high,PATH=%2Fbin,com.one=1,two=a+b");
  set("env-regex", "(");
  EXPECT_THROW(log_attributes(config_), Error);
}

TEST_F(LogAttributesTest, Tags) {
  EXPECT_EQ(log_tag("{{.Name}}/{{ .ID }}-{{.ImageName}}", row_, config_), "web/0123456789ab-box:latest");
  EXPECT_EQ(log_tag("{{.Command}} of {{.DaemonName}}", row_, config_), "echo hello of minidock");
  EXPECT_EQ(log_tag("plain", row_, config_), "plain");
  EXPECT_THAT(tag_failure("{{.Nope}}"), HasSubstr("{{.Nope}}: use .ID"));
  EXPECT_THAT(tag_failure("{{.ID"), HasSubstr("{{ without }}"));
}

TEST_F(LogAttributesTest, JsonFileHasThemAsAnObject) {
  config_.log_driver = "json-file";
  set("labels", "two");
  set("tag", "{{.Name}}");
  EXPECT_EQ(log_extra(row_, config_), R"({"tag":"web","two":"a b"})");
  config_.log_driver = "local";
  EXPECT_EQ(log_extra(row_, config_), "");
  EXPECT_EQ(log_details(row_, config_), "tag=web,two=a+b");
}

TEST_F(LogAttributesTest, JournalNamesAreDockers) {
  EXPECT_EQ(journal_name("com.one"), "COM_ONE");
  EXPECT_EQ(journal_name("__a-9"), "A_9");
  EXPECT_EQ(journal_name("__"), "");
}

TEST_F(LogAttributesTest, TheJournalHasTheContainersFields) {
  config_.log_driver = "journald";
  set("labels", "com.one,_three");
  const std::string fields = log_extra(row_, config_);
  EXPECT_THAT(fields, HasSubstr("CONTAINER_ID=0123456789ab\nCONTAINER_ID_FULL=" + row_.id + "\nCONTAINER_NAME=web\n"));
  EXPECT_THAT(fields, HasSubstr("CONTAINER_TAG=0123456789ab\nIMAGE_NAME=box:latest\nSYSLOG_IDENTIFIER=0123456789ab\n"));
  EXPECT_THAT(fields, HasSubstr("COM_ONE=1\n"));
  // A newline: by its length.
  EXPECT_THAT(fields, HasSubstr(std::string("THREE\n\3\0\0\0\0\0\0\0x\ny\n", 18)));
  set("tag", "{{.Name}}");
  EXPECT_THAT(log_extra(row_, config_), HasSubstr("CONTAINER_TAG=web\n"));
}

// security: a label is anybody's, the container's name in the journal is not.
TEST_F(LogAttributesTest, NoLabelTakesTheNameOfAnother) {
  config_.log_driver = "journald";
  config_.labels = {
      {"container.name", "other"}, {"message", "x"}, {"priority", "0"}, {"container.partial.message", "true"}};
  set("labels", "container.name,message,priority,container.partial.message");
  const std::string fields = log_extra(row_, config_);
  EXPECT_THAT(fields, HasSubstr("CONTAINER_NAME=web\n"));
  EXPECT_THAT(fields, Not(HasSubstr("other")));
  EXPECT_THAT(fields, Not(HasSubstr("MESSAGE")));
  EXPECT_THAT(fields, Not(HasSubstr("PRIORITY")));
  EXPECT_THAT(fields, Not(HasSubstr("PARTIAL")));
}

}  // namespace
}  // namespace minidock::engine
