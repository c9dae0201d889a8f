#include "oci/reference.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::oci {
namespace {

const std::string kHex(64, 'a');

std::string refusal_of_reference(const std::string& text) {
  try {
    return "accepted as " + parse_reference(text).canonical();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
}

struct Row {
  std::string typed, canonical, familiar;
};

TEST(Reference, FillsInWhatPeopleLeaveOut) {
  const Row rows[] = {
      {"ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"},
      {"ubuntu:24.04", "docker.io/library/ubuntu:24.04", "ubuntu:24.04"},
      {"docker.io/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"},
      {"index.docker.io/library/ubuntu", "docker.io/library/ubuntu:latest", "ubuntu:latest"},
      {"me/app", "docker.io/me/app:latest", "me/app:latest"},
      {"library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
      {"localhost/app", "localhost/app:latest", "localhost/app:latest"},
      {"localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"},
      {"localhost:5000", "docker.io/library/localhost:5000", "localhost:5000"},
      {"Upper/app", "Upper/app:latest", "Upper/app:latest"},
      {"[fe80::1]:5000/app", "[fe80::1]:5000/app:latest", "[fe80::1]:5000/app:latest"},
      {"quay.io/a__b/c--d.e_f", "quay.io/a__b/c--d.e_f:latest", "quay.io/a__b/c--d.e_f:latest"},
      {"a@sha256:" + kHex, "docker.io/library/a@sha256:" + kHex, "a@sha256:" + kHex},
      {"a:t@sha256:" + kHex, "docker.io/library/a:t@sha256:" + kHex, "a:t@sha256:" + kHex},
  };
  for (const Row& row : rows) {
    const Reference reference = parse_reference(row.typed);
    EXPECT_EQ(reference.canonical(), row.canonical);
    EXPECT_EQ(reference.familiar(), row.familiar);
    EXPECT_EQ(parse_reference(reference.canonical()), reference) << "canonical form must parse to itself";
    EXPECT_EQ(parse_reference(reference.familiar()), reference) << "familiar form must parse to itself";
  }
}

TEST(Reference, RefusesAsDockerDoes) {
  const std::string plain = "invalid reference format";
  for (const std::string& bad : {std::string(),
                                 std::string("/"),
                                 std::string("a/"),
                                 std::string("/a"),
                                 std::string("a//b"),
                                 std::string("-a"),
                                 std::string("a-"),
                                 std::string("a..b"),
                                 std::string("a___b"),
                                 std::string("a._b"),
                                 std::string("a:"),
                                 std::string("a:-t"),
                                 std::string("a:b:c"),
                                 std::string("a b"),
                                 std::string("a:") + std::string(129, 't'),
                                 std::string("a@sha256:abc"),
                                 std::string("a@"),
                                 std::string("../x"),
                                 std::string("x/../y"),
                                 std::string("-.io/a"),
                                 std::string("localhost:/a"),
                                 std::string("localhost:x/a"),
                                 std::string("a\n")}) {
    EXPECT_EQ(refusal_of_reference(bad), plain) << bad;
  }
  EXPECT_EQ(refusal_of_reference("Ubuntu"),
            "invalid reference format: repository name (library/Ubuntu) must be lowercase");
  EXPECT_EQ(refusal_of_reference("me/App:1"), "invalid reference format: repository name (me/App) must be lowercase");
  EXPECT_EQ(refusal_of_reference(kHex),
            "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings");
  EXPECT_EQ(refusal_of_reference("a@sha999:" + kHex), "unsupported digest algorithm");
  EXPECT_EQ(refusal_of_reference("a@sha256:" + kHex + "00"), "invalid checksum digest length");
  EXPECT_EQ(refusal_of_reference("a@sha256:" + std::string(64, 'A')), "invalid checksum digest format");
  EXPECT_EQ(refusal_of_reference(std::string(256, 'a') + "/b"), "repository name must not be more than 255 characters");
}

TEST(Reference, LimitsAreInclusive) {
  EXPECT_EQ(parse_reference("a:" + std::string(128, 't')).tag.size(), 128u);
  EXPECT_NO_THROW(parse_reference("x.io/" + std::string(255, 'a')));
  EXPECT_NO_THROW(parse_reference(std::string(63, 'a')));
}

TEST(Reference, NameFromFileIsAlwaysAValidName) {
  struct {
    std::string path, name;
  } rows[] = {
      {"/x/Ubuntu-24.04.tar.gz", "ubuntu-24.04"},
      {"ubuntu.tar", "ubuntu"},
      {"./a/b.c/alpine.TAR.ZST", "alpine"},
      {"My Image (1).tgz", "my-image-1"},
      {"__odd..name__.tar", "odd-name"},
      {"a___b.txz", "a-b"},
      {"rootfs", "rootfs"},
      {"a.tar.tar", "a.tar"},
  };
  for (const auto& row : rows) {
    ASSERT_EQ(name_from_file(row.path), row.name);
    EXPECT_EQ(parse_reference(row.name).familiar_name(), row.name);
  }
}

TEST(Reference, SomeFilesSuggestNoName) {
  for (const std::string& path :
       {std::string(".tar"), std::string(), std::string("a/"), std::string("---.tar"), std::string("\xe6\x97\xa5.tar"),
        std::string(64, 'a') + ".tar", std::string(250, 'b')}) {
    EXPECT_EQ(name_from_file(path), std::nullopt) << path;
  }
}

}  // namespace
}  // namespace minidock::oci
