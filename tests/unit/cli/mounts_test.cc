#include "cli/options/mounts.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::cli {
namespace {

template <typename Parse>
std::string failure(Parse parse, const std::string& text) {
  try {
    parse(text);
    return "no failure";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Volume, HostDirectory) {
  const auto mount = parse_volume("/src:/dst:ro,rslave");
  EXPECT_EQ(mount.type, "bind");
  EXPECT_EQ(mount.source, "/src");
  EXPECT_EQ(mount.target, "/dst");
  EXPECT_TRUE(mount.read_only);
  EXPECT_TRUE(mount.create_source);
  EXPECT_EQ(mount.propagation, "rslave");
}

TEST(Volume, RelativeSourceIsTheCallers) {
  const auto mount = parse_volume("./src:/dst");
  EXPECT_EQ(mount.type, "bind");
  EXPECT_TRUE(mount.source.starts_with('/'));
  EXPECT_TRUE(mount.source.ends_with("/./src"));
}

TEST(Volume, NamedAndAnonymous) {
  const auto named = parse_volume("data:/dst:nocopy");
  EXPECT_EQ(named.type, "volume");
  EXPECT_EQ(named.source, "data");
  EXPECT_TRUE(named.no_copy);
  EXPECT_FALSE(named.anonymous);
  const auto anonymous = parse_volume("/dst");
  EXPECT_EQ(anonymous.type, "volume");
  EXPECT_TRUE(anonymous.anonymous);
}

TEST(Volume, Refusals) {
  EXPECT_EQ(failure(parse_volume, ""), "invalid volume specification: ''");
  EXPECT_EQ(failure(parse_volume, "a:b:c:d"), "invalid volume specification: 'a:b:c:d'");
  EXPECT_EQ(failure(parse_volume, ":/dst"), "invalid volume specification: ':/dst': empty section between colons");
  EXPECT_EQ(failure(parse_volume, "/a:/"),
            "invalid volume specification: '/a:/': invalid mount config for type \"volume\": "
            "invalid specification: destination can't be '/'");
  EXPECT_EQ(failure(parse_volume, "/a:/b:foo"), "invalid volume specification: '/a:/b:foo': invalid mode: foo");
  EXPECT_NE(failure(parse_volume, "/a:b").find("mount path must be absolute"), std::string::npos);
  EXPECT_NE(failure(parse_volume, "a/b:/c").find("includes invalid characters for a local volume name"),
            std::string::npos);
}

TEST(Mount, EveryType) {
  const auto bind = parse_mount("type=bind,source=/tmp,target=/dst,readonly");
  EXPECT_EQ(bind.type, "bind");
  EXPECT_TRUE(bind.read_only);
  EXPECT_FALSE(bind.create_source);
  const auto volume = parse_mount("src=data,dst=/dst,volume-nocopy");
  EXPECT_EQ(volume.type, "volume");
  EXPECT_TRUE(volume.no_copy);
  const auto tmpfs = parse_mount("type=tmpfs,destination=/dst,tmpfs-size=1m,tmpfs-mode=700");
  EXPECT_EQ(tmpfs.options, (std::vector<std::string>{"size=1048576", "mode=700"}));
}

TEST(Mount, Refusals) {
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp"), "target is required");
  EXPECT_EQ(failure(parse_mount, "type=foo,dst=/a"),
            "invalid mount config for type \"foo\": mount type unknown: use bind, volume or tmpfs");
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp,dst=/a,volume-nocopy"),
            "cannot mix 'volume-*' options with mount type 'bind'");
  EXPECT_EQ(failure(parse_mount, "dst=/a,foo"), "invalid field 'foo' must be a key=value pair");
  EXPECT_EQ(failure(parse_mount, "foo=bar,dst=/a"), "unexpected key 'foo' in 'foo=bar'");
  EXPECT_EQ(failure(parse_mount, "dst"), "invalid field 'dst' must be a key=value pair");
  EXPECT_EQ(failure(parse_mount, "dst=/a,readonly=x"), "invalid value for readonly: x");
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/no/such,dst=/a"),
            "invalid mount config for type \"bind\": bind source path does not exist: /no/such");
  EXPECT_EQ(failure(parse_mount, "type=tmpfs,src=/a,dst=/a"),
            "invalid mount config for type \"tmpfs\": field Source must not be specified");
}

TEST(Tmpfs, OptionsAreKept) {
  const auto mount = parse_tmpfs("/run:rw,size=64m,exec");
  EXPECT_EQ(mount.type, "tmpfs");
  EXPECT_EQ(mount.target, "/run");
  EXPECT_EQ(mount.options, (std::vector<std::string>{"size=64m", "exec"}));
  EXPECT_TRUE(parse_tmpfs("/run:ro").read_only);
  EXPECT_EQ(failure(parse_tmpfs, "run"), "invalid mount path: 'run' mount path must be absolute");
}

}  // namespace
}  // namespace minidock::cli
