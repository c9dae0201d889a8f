#include "registry/docker_config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

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

}  // namespace
}  // namespace minidock::registry
