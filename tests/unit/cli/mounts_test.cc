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

TEST(Volume, Options) {
  const auto mount = parse_volume("data:/dst:rw,z,U,nosuid,nodev,noexec,copy,consistent");
  EXPECT_TRUE(mount.change_owner);
  EXPECT_FALSE(mount.read_only || mount.no_copy || mount.overlay);
  EXPECT_EQ(mount.options, (std::vector<std::string>{"nosuid", "nodev", "noexec"}));
  EXPECT_TRUE(parse_volume("/src:/dst:O").overlay);
  EXPECT_EQ(parse_volume("/src:/dst:bind,rshared").recursion, "disabled");
  EXPECT_EQ(parse_volume("/src:/dst:idmap=uids=0-1000-1;gids=0-1000-1").id_map, "uids=0-1000-1;gids=0-1000-1");
  EXPECT_EQ(parse_volume("/src:/dst:idmap").id_map, "idmap");
}

TEST(Volume, OptionsThatExcludeEachOther) {
  for (const char* mode : {"ro,rw", "ro,ro", "z,Z", "rslave,rshared", "U,U", "copy,nocopy"}) {
    const std::string text = std::string("/a:/b:") + mode;
    EXPECT_EQ(failure(parse_volume, text), std::string("invalid mode: ") + mode);
  }
  EXPECT_EQ(failure(parse_volume, "/a:/b:nocopy"),
            "invalid volume specification: '/a:/b:nocopy': invalid mount config for type \"bind\": field VolumeOptions "
            "must not be specified");
  EXPECT_EQ(
      failure(parse_volume, "vol:/b:rshared"),
      "invalid volume specification: 'vol:/b:rshared': invalid mount config for type \"volume\": field BindOptions "
      "must not be specified");
  EXPECT_NE(failure(parse_volume, "/a:/b:ro,O").find("O goes with neither ro nor idmap"), std::string::npos);
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

TEST(Mount, EveryKey) {
  const auto volume = parse_mount(
      "src=data,dst=/d,volume-subpath=a/b,volume-label=k=v,volume-label=bare,volume-driver=local,volume-opt=type=tmpfs,"
      "\"volume-opt=o=size=1m,mode=700\",consistency=cached");
  EXPECT_EQ(volume.subpath, "a/b");
  EXPECT_EQ(volume.volume_labels, (std::map<std::string, std::string>{{"k", "v"}, {"bare", ""}}));
  EXPECT_EQ(volume.volume_options, (std::map<std::string, std::string>{{"type", "tmpfs"}, {"o", "size=1m,mode=700"}}));
  EXPECT_EQ(parse_mount("type=bind,src=/tmp,dst=/d,bind-recursive=disabled").recursion, "disabled");
  EXPECT_EQ(parse_mount("type=bind,src=/tmp,dst=/d,bind-nonrecursive").recursion, "disabled");
  EXPECT_EQ(parse_mount("type=bind,src=/tmp,dst=/d,ro,bind-recursive=readonly").recursion, "readonly");
  EXPECT_EQ(parse_mount("type=bind,src=/tmp,dst=/d,bind-propagation=RSlave").propagation, "rslave");
  EXPECT_TRUE(parse_mount("type=bind,src=/no/such,dst=/d,bind-create-src").create_source);
  EXPECT_FALSE(parse_mount("src=data,dst=/d,ro=F").read_only);
  EXPECT_TRUE(parse_mount("src=data,dst=/d,U,relabel=shared").change_owner);
  const auto image = parse_mount("type=image,src=busybox,dst=/d,image-subpath=bin");
  EXPECT_EQ(image.subpath, "bin");
  EXPECT_TRUE(image.read_only && !image.overlay);
  EXPECT_TRUE(parse_mount("type=image,src=busybox,dst=/d,rw").overlay);
}

TEST(Mount, Quotes) {
  EXPECT_EQ(parse_mount("type=bind,\"src=/tmp\",dst=/d").source, "/tmp");
  EXPECT_EQ(parse_mount("type=bind,bind-create-src,\"src=/a\"\"b,c\",dst=/d").source, "/a\"b,c");
  const std::string open = "extraneous or missing \" in quoted-field";
  EXPECT_EQ(failure(parse_mount, "\"src=a,dst=/d"), "parse error on line 1, column 14: " + open);
  EXPECT_EQ(failure(parse_mount, "\"src=data\"x,dst=/d"), "parse error on line 1, column 10: " + open);
  EXPECT_EQ(failure(parse_mount, "src=\"data\",dst=/d"),
            "parse error on line 1, column 5: bare \" in non-quoted-field");
}

TEST(Mount, RefusalsOfOneTypesKeys) {
  EXPECT_EQ(failure(parse_mount, "src=data,dst=/d,image-subpath=x"),
            "cannot mix 'image-*' options with mount type 'volume'");
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp,dst=/d,bind-recursive=x"),
            "invalid value for bind-recursive: x (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")");
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp,dst=/d,bind-recursive=writable"),
            "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction");
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp,dst=/d,ro,bind-recursive=readonly,bind-propagation=rslave"),
            "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
  EXPECT_EQ(failure(parse_mount, "dst=/d,ro"),
            "invalid mount config for type \"volume\": must not set ReadOnly mode when using anonymous volumes");
  EXPECT_EQ(failure(parse_mount, "dst=/d,volume-subpath=a"),
            "invalid mount config for type \"volume\": must not set Subpath when using anonymous volumes");
  for (const char* path : {"../x", "a/../../x", "/x"}) {
    EXPECT_EQ(failure(parse_mount, std::string("src=data,dst=/d,volume-subpath=") + path),
              "invalid mount config for type \"volume\": subpath must be a relative path within the volume");
  }
  EXPECT_EQ(failure(parse_mount, "type=image,dst=/d"),
            "invalid mount config for type \"image\": field Source must not be empty");
  EXPECT_NE(failure(parse_mount, "src=data,dst=/d,volume-driver=nfs").find("plugin \"nfs\" not found"),
            std::string::npos);
}

TEST(Mount, Refusals) {
  EXPECT_EQ(failure(parse_mount, "type=bind,src=/tmp"), "target is required");
  EXPECT_EQ(failure(parse_mount, "type=foo,dst=/a"),
            "invalid mount config for type \"foo\": mount type unknown: use bind, volume, tmpfs or image");
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
