#include "registry/docker_config.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::registry {
namespace {

class DockerConfig : public ::testing::Test {
 protected:
  DockerConfig() {
    char path[] = "/tmp/minidock-config.XXXXXX";
    directory_ = mkdtemp(path);
  }
  ~DockerConfig() override { discard_tree(AT_FDCWD, directory_); }
  void write(const std::string& text) { write_file(AT_FDCWD, directory_ + "/config.json", text); }
  std::string directory_;
};

TEST_F(DockerConfig, WithoutAFileThereIsNobody) {
  EXPECT_FALSE(find_credentials(directory_, "a.example"));
  EXPECT_FALSE(find_credentials("", "a.example"));
  write("");
  EXPECT_FALSE(find_credentials(directory_, "a.example"));
}

TEST_F(DockerConfig, ReadsEntries) {
  write(R"({"auths": {"a.example": {"auth": "YW5uYTpzZTpjcmV0"}, "https://b.example/v1/": {"auth": "YjpjAAA="},
            "https://index.docker.io/v1/": {"identitytoken": "t"}, "c.example": {}}})");
  EXPECT_EQ(find_credentials(directory_, "a.example"), (Credentials{"anna", "se:cret", ""}));
  EXPECT_EQ(find_credentials(directory_, "b.example"), (Credentials{"b", "c", ""}));
  EXPECT_EQ(find_credentials(directory_, "docker.io"), (Credentials{"", "", "t"}));
  EXPECT_FALSE(find_credentials(directory_, "c.example"));
  EXPECT_FALSE(find_credentials(directory_, "a.example:5000"));
}

TEST_F(DockerConfig, WhatIsWrongIsSaidWithoutTheSecret) {
  write(R"({"auths": {"a.example": {"auth": "c2VjcmV0"}}})");
  try {
    find_credentials(directory_, "a.example");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find("c2VjcmV0"), std::string::npos) << error.what();
  }
  write("{");
  EXPECT_THROW(find_credentials(directory_, "a.example"), Error);
  write(R"({"credHelpers": {"a.example": "../../bin/sh"}})");
  EXPECT_THROW(find_credentials(directory_, "a.example"), Error);
}

// Each of many that log in at once keeps its entry, and one that logs out takes only its own.
TEST_F(DockerConfig, WritersLoseNothingOfEachOther) {
  constexpr int kWriters = 16;
  write(R"({"auths": {"gone.example": {"auth": "YTpi"}}})");
  std::vector<pid_t> children;
  for (int i = 0; i <= kWriters; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      if (i == kWriters) erase_credentials(directory_, "gone.example");
      if (i < kWriters) store_credentials(directory_, cat("host", i, ".example"), {"user", "word", ""});
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (int i = 0; i < kWriters; ++i) EXPECT_TRUE(find_credentials(directory_, cat("host", i, ".example"))) << i;
  EXPECT_FALSE(find_credentials(directory_, "gone.example"));
  EXPECT_EQ(list_dir(AT_FDCWD, directory_), std::vector<std::string>{"config.json"});
}

class Helpers : public DockerConfig {
 protected:
  Helpers() {
    path_ = std::getenv("PATH");
    setenv("PATH", cat(directory_, ":", path_).c_str(), 1);
  }
  ~Helpers() override { setenv("PATH", path_.c_str(), 1); }
  void make(const std::string& body) {
    write_file(AT_FDCWD, directory_ + "/docker-credential-x", cat("#!/bin/sh\n", body, "\n"), 0755);
  }
  std::string path_;
};

TEST_F(Helpers, OneThatHangsIsEnded) {
  make("cat >/dev/null; exec sleep 1000");
  try {
    run_credential_helper("x", "get", "a.example", 0);
    FAIL() << "waited for";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::exhausted);
    EXPECT_NE(std::string(error.what()).find("docker-credential-x has not answered"), std::string::npos)
        << error.what();
  }
}

TEST_F(Helpers, WhatAChildOfOneHoldsOpenIsNotWaitedFor) {
  make("read host; echo \"answer for $host\"; sleep 5 & exit 3");
  const HelperResult result = run_credential_helper("x", "get", "a.example\n");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "answer for a.example\n");
}

}  // namespace
}  // namespace minidock::registry
