// Completion: what is offered where, without a store.
#include "cli/completion/complete.h"

#include <gmock/gmock.h>

#include "base/text.h"

namespace minidock::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<Candidate> live(Kind kind, const std::string&) {
  switch (kind) {
    case Kind::image:
      return {{"busybox:latest", "2MB"}};
    case Kind::volume:
      return {{"data", ""}};
    case Kind::stopped_container:
      return {{"old", ""}};
    case Kind::running_container:
    case Kind::up_container:
      return {{"web", ""}};
    default:
      return {{"old", ""}, {"web", ""}};
  }
}

std::string text(const std::vector<std::string>& words) {
  return completion_text(complete(command_table(), words, live), words.back());
}

std::vector<std::string> values(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& line : split(text(words), '\n')) {
    if (!line.empty()) out.push_back(line.substr(0, line.find('\t')));
  }
  return out;
}

TEST(Complete, Commands) {
  EXPECT_THAT(values({"ima"}), ElementsAre("image", "images"));
  EXPECT_THAT(values({"image", "pr"}), ElementsAre("prune"));
  EXPECT_THAT(values({"container", "l"}), ElementsAre("ls", "list", "logs"));
  EXPECT_THAT(text({"renam"}), "rename\tRename a container\n");
  EXPECT_THAT(values({"__"}), IsEmpty());
  EXPECT_THAT(values({"nope", ""}), IsEmpty());
  EXPECT_THAT(values({"--root", "/x", "renam"}), ElementsAre("rename"));
  EXPECT_THAT(values({"--root", ""}), ElementsAre(":files"));
  EXPECT_THAT(values({"--ro"}), ElementsAre("--root"));
}

TEST(Complete, Options) {
  EXPECT_THAT(values({"rm", "--vol"}), ElementsAre("--volumes"));
  EXPECT_THAT(text({"rm", "--fo"}), HasSubstr("--force\tKill a running container first\n"));
  EXPECT_THAT(values({"rm", "-"}), Contains("-f"));
  EXPECT_THAT(values({"container", "rm", "--he"}), ElementsAre("--help"));
  EXPECT_THAT(values({"rm", "--", "--f"}), IsEmpty());
}

TEST(Complete, Operands) {
  EXPECT_THAT(values({"start", ""}), ElementsAre("old"));
  EXPECT_THAT(values({"stop", "-t", "5", ""}), ElementsAre("web"));
  EXPECT_THAT(values({"rm", ""}), ElementsAre("old", "web"));
  EXPECT_THAT(values({"rm", "web", ""}), ElementsAre("old")) << "each once";
  EXPECT_THAT(values({"run", "-it", "b"}), ElementsAre("busybox:latest"));
  EXPECT_THAT(values({"run", "busybox", "--re"}), ElementsAre(":files")) << "the command's own";
  EXPECT_THAT(values({"exec", ""}), ElementsAre("web"));
  EXPECT_THAT(values({"volume", "rm", ""}), ElementsAre("data"));
  EXPECT_THAT(values({"cp", "w"}), ElementsAre("web:", ":files", ":nospace"));
  EXPECT_THAT(values({"import", ""}), ElementsAre(":files"));
  EXPECT_THAT(values({"help", "renam"}), ElementsAre("rename"));
}

TEST(Complete, ValuesOfOptions) {
  EXPECT_THAT(values({"run", "--restart", "a"}), ElementsAre("always"));
  EXPECT_THAT(values({"run", "--restart=a"}), ElementsAre("--restart=always"));
  EXPECT_THAT(values({"kill", "-s", "U"}), ElementsAre("USR1", "USR2"));
  EXPECT_THAT(values({"run", "--env-file", ""}), ElementsAre(":files"));
  EXPECT_THAT(values({"run", "-v", ""}), ElementsAre("data:", ":files", ":nospace"));
  EXPECT_THAT(values({"run", "--name", ""}), IsEmpty());
  EXPECT_THAT(values({"ps", "-f", "sta"}), ElementsAre("status=", ":nospace"));
  EXPECT_THAT(values({"ps", "--filter", "status=r"}), ElementsAre("status=running", "status=restarting"));
  EXPECT_THAT(values({"ps", "--filter=status=pa"}), ElementsAre("--filter=status=paused"));
  EXPECT_THAT(values({"ps", "--filter", "name="}), ElementsAre("name=old", "name=web"));
  EXPECT_THAT(values({"ps", "--format", ""}), ElementsAre("json", "table"));
  EXPECT_THAT(values({"ps", "--format", "{{.Name"}), ElementsAre("{{.Names}}"));
  EXPECT_THAT(values({"system", "prune", "--filter", "u"}), ElementsAre("until=", ":nospace"));
}

TEST(Complete, EveryCommandAnswersForAnything) {
  for (const CommandEntry& entry : command_table()) {
    for (const char* typed : {"", "-", "--", "--x=", "a=b", "-zz", "\x01\xff"}) {
      std::vector<std::string> words = split(entry.name, ' ');
      words.insert(words.end(), {"-q", "word", typed});
      EXPECT_NO_THROW(text(words)) << entry.name << " " << typed;
    }
  }
}

}  // namespace
}  // namespace minidock::cli
