#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "oci/image_config.h"

namespace minidock::oci {
namespace {

using ::testing::HasSubstr;

ImageConfig full_config() {
  ImageConfig config;
  config.created = "2024-05-01T10:00:00Z";
  config.author = "someone";
  config.architecture = "arm64";
  config.variant = "v8";
  config.config.user = "1000:1000";
  config.config.env = {"PATH=/bin", "TEXT=two\nlines"};
  config.config.entrypoint = {{"/init"}};
  config.config.cmd = {{"serve", "--all"}};
  config.config.volumes = {"/data", "/logs"};
  config.config.exposed_ports = {"80/tcp"};
  config.config.working_dir = "/srv";
  config.config.labels = {{"a", "1"}, {"b", ""}};
  config.config.stop_signal = "SIGQUIT";
  config.config.health_check = HealthCheck{{"CMD", "true"}, 5 * kSecond, kSecond, 2 * kSecond, kSecond, 4};
  config.config.on_build = {"RUN true"};
  config.config.shell = {"/bin/bash", "-c"};
  config.diff_ids = {DiffId{sha256("layer")}};
  config.history = {{"2024-05-01T10:00:00Z", "COPY x /", "a comment", "someone", true}};
  return config;
}

std::string refusal_of_config(std::string_view json) {
  try {
    parse_image_config(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    return error.what();
  }
  return "accepted";
}

std::string with_config(const std::string& config) {
  return R"({"rootfs":{"type":"layers","diff_ids":[]},"config":)" + config + "}";
}

TEST(ImageConfigJson, SmallestConfigHasSortedKeysAndNoSpaces) {
  ImageConfig config;
  config.config.cmd = {{"sh"}};
  config.config.volumes = {"/data"};
  config.diff_ids = {DiffId{sha256("abc")}};
  EXPECT_EQ(
      to_json(config),
      R"({"architecture":"amd64","config":{"Cmd":["sh"],"Volumes":{"/data":{}}},"os":"linux","rootfs":{"diff_ids":)"
      R"(["sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],"type":"layers"}})");
}

TEST(ImageConfigJson, EveryFieldGoesThereAndBack) {
  const ImageConfig config = full_config();
  const std::string json = to_json(config);
  const ImageConfig parsed = parse_image_config(json);
  EXPECT_EQ(parsed.config, config.config);
  EXPECT_EQ(parsed.diff_ids, config.diff_ids);
  EXPECT_EQ(to_json(parsed), json);
  EXPECT_EQ(image_id(to_json(parsed)), image_id(json));
  EXPECT_EQ(to_json(parse_container_defaults(to_json(config.config))), to_json(config.config));
}

TEST(ImageConfigJson, NoEntrypointAndAnEmptyOneDiffer) {
  EXPECT_EQ(parse_container_defaults("{}").entrypoint, std::nullopt);
  EXPECT_EQ(parse_container_defaults(R"({"Entrypoint":null})").entrypoint, std::nullopt);
  const ContainerDefaults reset = parse_container_defaults(R"({"Entrypoint":[]})");
  EXPECT_EQ(reset.entrypoint, std::vector<std::string>());
  EXPECT_EQ(to_json(reset), R"({"Entrypoint":[]})");
}

TEST(ImageConfigJson, ReadsWhatDockerWrites) {
  const ImageConfig config = parse_image_config(
      R"({"architecture":"amd64","config":{"Hostname":"","Env":null,"Cmd":["/bin/bash"],"Image":"","Volumes":null,
          "Labels":{}},"container":"x","docker_version":"20.10","os":"linux",
          "rootfs":{"type":"layers","diff_ids":["sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]}})");
  EXPECT_EQ(config.config.cmd, std::vector<std::string>{"/bin/bash"});
  EXPECT_TRUE(config.config.env.empty());
}

TEST(ImageConfigJson, RefusalsNameTheField) {
  EXPECT_EQ(refusal_of_config("{"), "image config: is not valid JSON");
  EXPECT_EQ(refusal_of_config("[]"), "image config: expected JSON object");
  EXPECT_EQ(refusal_of_config("{}"), "image config: rootfs: is missing");
  EXPECT_EQ(refusal_of_config(R"({"rootfs":{"type":"tree"}})"), "image config: rootfs.type: expected \"layers\"");
  EXPECT_EQ(refusal_of_config(R"({"rootfs":{"type":"layers","diff_ids":["sha256:../../x"]}})"),
            "image config: rootfs.diff_ids: sha256:../../x is not a SHA-256 digest");
  EXPECT_EQ(refusal_of_config(with_config(R"({"Env":["A=1",2]})")), "image config: config.Env[1]: expected string");
  EXPECT_EQ(refusal_of_config(with_config(R"({"Labels":[]})")),
            "image config: config.Labels: expected object of strings");
  EXPECT_EQ(refusal_of_config(with_config(R"({"Healthcheck":{"Retries":-3000000000}})")),
            "image config: config.Healthcheck.Retries: expected integer from -2147483648 to 2147483647");
  EXPECT_EQ(refusal_of_config("\"\xff\""), "image config: is not valid JSON");
}

TEST(ImageConfigJson, RefusesTextsThatWouldForgeLines) {
  EXPECT_THAT(refusal_of_config(with_config(R"({"Env":["HOME=/x\nroot::0:0::/:/bin/sh"]})")), HasSubstr("HOME"));
  EXPECT_THAT(refusal_of_config(with_config(R"({"Env":["A=\u0000"]})")), HasSubstr("variable A"));
  EXPECT_THAT(refusal_of_config(with_config(R"({"User":"a\nb"})")), HasSubstr("config.User"));
  EXPECT_THAT(refusal_of_config(with_config(R"({"WorkingDir":"/a\u0000b"})")), HasSubstr("config.WorkingDir"));
  EXPECT_THAT(refusal_of_config(with_config(R"({"Volumes":{"/a\nb":{}}})")), HasSubstr("config.Volumes"));
  EXPECT_EQ(refusal_of_config(with_config(R"({"Env":["A=two\nlines"]})")), "accepted");
}

TEST(ImageConfigJson, LimitsSizeAndDepth) {
  const auto nested = [](int depth) {
    return R"({"rootfs":{"type":"layers"},"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(refusal_of_config(nested(63)), "accepted");
  EXPECT_EQ(refusal_of_config(nested(64)), "image config: is nested deeper than 64 levels");
  EXPECT_EQ(refusal_of_config(nested(1'000'000)), "image config: is nested deeper than 64 levels");
  EXPECT_EQ(refusal_of_config(R"({"rootfs":{"type":"layers"},"x":"[[[[\"[["})"), "accepted")
      << "brackets in a string count nothing";
  EXPECT_EQ(refusal_of_config(std::string((4 << 20) + 1, ' ')), "image config: is larger than 4 MiB");
}

TEST(ImageConfigJson, HostArchitectureIsAGoName) {
  EXPECT_NE(host_architecture(), "x86_64");
}

}  // namespace
}  // namespace minidock::oci
