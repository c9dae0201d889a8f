// import as the engine sees it: names, changes, platforms, messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/engine_world.h"

namespace minidock::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImportTest : public EngineWorld {
 protected:
  Engine::ImportOptions options() const {
    Engine::ImportOptions out;
    out.path = store_.top() + "/box.tar";
    return out;
  }
  std::string refusal(const Engine::ImportOptions& wrong) {
    try {
      engine_.import(wrong);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(ImportTest, TheNameComesFromTheFile) {
  EXPECT_EQ(imported_.reference, "box:latest");
  EXPECT_FALSE(imported_.result.existed);
  const Engine::Imported again = engine_.import(options());
  EXPECT_TRUE(again.result.existed);
  EXPECT_EQ(again.result.id, imported_.result.id);
}

TEST_F(ImportTest, OtherNamesAndNone) {
  Engine::ImportOptions named = options();
  named.reference = "me/box:1";
  EXPECT_EQ(engine_.import(named).reference, "me/box:1");
  Engine::ImportOptions nameless = options();
  nameless.no_name = true;
  EXPECT_EQ(engine_.import(nameless).reference, "");
  EXPECT_EQ(engine_.store().load_image("me/box:1").id, imported_.result.id);
}

TEST_F(ImportTest, ChangesPlatformAndMessageReachTheConfig) {
  Engine::ImportOptions changed = options();
  changed.reference = "changed";
  changed.changes = {"CMD [\"echo\", \"hi\"]", "ENV A=1", "STOPSIGNAL INT"};
  changed.platform = "linux/arm64/v8";
  changed.message = "by hand";
  engine_.import(changed);
  const oci::ImageConfig config = oci::parse_image_config(engine_.store().load_image("changed").config_json);
  EXPECT_EQ(config.architecture, "arm64");
  EXPECT_EQ(config.variant, "v8");
  EXPECT_EQ(config.config.env, std::vector<std::string>{"A=1"});
  ASSERT_FALSE(config.history.empty());
  EXPECT_EQ(config.history[0].comment, "by hand");
}

TEST_F(ImportTest, RefusalsSayWhatToDo) {
  Engine::ImportOptions wrong = options();
  wrong.path = "/no/such.tar";
  EXPECT_EQ(refusal(wrong), "cannot import /no/such.tar: No such file or directory");
  wrong.path = "/usr";
  EXPECT_THAT(refusal(wrong), HasSubstr("it is a directory"));
  wrong = options();
  wrong.reference = "Upper";
  EXPECT_EQ(refusal(wrong), "invalid reference format: repository name (library/Upper) must be lowercase");
  wrong = options();
  wrong.changes = {"RUN x"};
  EXPECT_EQ(refusal(wrong), "run is not a valid change command");
  wrong.changes = {"STOPSIGNAL FOO"};
  EXPECT_EQ(refusal(wrong), "Invalid signal: FOO");
  wrong = options();
  wrong.platform = "a/b/c/d";
  EXPECT_THAT(refusal(wrong), HasSubstr("error parsing specified platform"));
  wrong.platform = "windows/amd64";
  EXPECT_THAT(refusal(wrong), HasSubstr("only linux images"));
  EXPECT_EQ(store_.leftovers(), "");
}

}  // namespace
}  // namespace minidock::engine
