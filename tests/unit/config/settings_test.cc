#include "config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/keys.h"
#include "config/load.h"

namespace minidock::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Settings of(std::string_view document) {
  Settings settings;
  take_document(settings, document, "c.toml");
  return settings;
}

std::string refusal(std::string_view document) {
  try {
    of(document);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "";
}

Environment environment(std::map<std::string, std::string> variables) {
  return [=](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  };
}

TEST(Settings, AreTheirDefaultsWithoutAFile) {
  const Settings settings = of("");
  EXPECT_EQ(settings.log_driver.value, "local");
  EXPECT_EQ(settings.log_driver.origin.text(), "default");
  EXPECT_FALSE(settings.root.origin.given());
  EXPECT_THAT(settings.registries, IsEmpty());
}

TEST(Settings, KnowWhereTheyWereSaid) {
  const Settings settings = of("# what we keep\nroot = \"/srv\"\n\n[log-opts]\nmax-file = 5\nmax-size = \"1m\"\n");
  EXPECT_EQ(settings.root.value, "/srv");
  EXPECT_EQ(settings.root.origin.text(), "c.toml:2");
  EXPECT_EQ(settings.log_opts.at("max-file").value, "5");
  EXPECT_EQ(settings.log_opts.at("max-file").origin.text(), "c.toml:5");
  EXPECT_EQ(settings.log_opts.at("max-size").origin.line, 6U);
}

TEST(Settings, LaterFilesWinKeyByKey) {
  Settings settings;
  take_document(settings, "root = \"/a\"\nlog-opts = { max-size = \"1m\", max-file = 2 }", "a.toml");
  take_document(settings, "[log-opts]\nmax-file = \"7\"", "b.toml");
  EXPECT_EQ(settings.root.value, "/a");
  EXPECT_EQ(settings.log_opts.at("max-size").origin.text(), "a.toml:2");
  EXPECT_EQ(settings.log_opts.at("max-file").value, "7");
  EXPECT_EQ(settings.log_opts.at("max-file").origin.text(), "b.toml:2");
}

TEST(Settings, AnotherLogDriverHasNothingOfTheFirstOnes) {
  Settings settings;
  take_document(settings, "log-driver = \"json-file\"\nlog-opts.max-size = \"1m\"", "a.toml");
  take_document(settings, "log-opts.tag = \"x\"\nlog-driver = \"journald\"", "b.toml");
  ASSERT_EQ(settings.log_opts.size(), 1U);
  EXPECT_EQ(settings.log_opts.at("tag").value, "x");
}

TEST(Settings, EnvironmentAndOptionsGoOverFiles) {
  Settings settings = of("root = \"/file\"\nrun-root = \"/file\"\nstorage-driver = \"erofs\"");
  take_environment(settings, environment({{"MINIDOCK_ROOT", "/variable"},
                                          {"MINIDOCK_RUN_ROOT", "run"},
                                          {"MINIDOCK_INSECURE_REGISTRIES", " A.example:5000,, b.example "}}));
  take_options(settings, {{"--root", "/option"}, {"--explain", "x"}});
  EXPECT_EQ(settings.root.value, "/option");
  EXPECT_EQ(settings.root.origin.text(), "--root");
  EXPECT_EQ(settings.run_root.value, "run");
  EXPECT_EQ(settings.run_root.origin.text(), "MINIDOCK_RUN_ROOT");
  EXPECT_EQ(settings.storage_driver.origin.text(), "c.toml:3");
  EXPECT_THAT(settings.insecure_registries.value, ElementsAre("a.example:5000", "b.example"));
}

TEST(Settings, FilesAreTheSystemsAndTheUsersOrTheNamedOne) {
  const auto with_home = environment({{"HOME", "/home/anna"}});
  EXPECT_THAT(choose_files("", with_home).paths,
              ElementsAre("/etc/minidock/config.toml", "/home/anna/.config/minidock/config.toml"));
  const auto with_xdg = environment({{"HOME", "/home/anna"}, {"XDG_CONFIG_HOME", "/x"}});
  EXPECT_THAT(choose_files("", with_xdg).paths, ElementsAre("/etc/minidock/config.toml", "/x/minidock/config.toml"));
  // spec: XDG base directory specification: a relative path is to be ignored.
  const auto relative = environment({{"HOME", "/home/anna"}, {"XDG_CONFIG_HOME", "x"}});
  EXPECT_EQ(choose_files("", relative).paths.back(), "/home/anna/.config/minidock/config.toml");
  EXPECT_THAT(choose_files("", environment({})).paths, ElementsAre("/etc/minidock/config.toml"));
  const Files named = choose_files("mine.toml", environment({{"MINIDOCK_CONFIG_FILE", "other.toml"}}));
  EXPECT_THAT(named.paths, ElementsAre("mine.toml"));
  EXPECT_TRUE(named.must_be_there);
  EXPECT_THAT(choose_files("", environment({{"MINIDOCK_CONFIG_FILE", "other.toml"}})).paths, ElementsAre("other.toml"));
}

TEST(Settings, RefuseUnknownKeysWithNearNames) {
  EXPECT_EQ(refusal("\n  storage-drive = \"erofs\""),
            "c.toml:2:3: storage-drive = \"erofs\": there is no such key; did you mean storage-driver?");
  EXPECT_EQ(refusal("[[registry]]\nprefix = \"docker.io\"\nmirror = [\"a.b\"]"),
            "c.toml:3:1: registry.mirror = [\"a.b\"]: there is no such key; did you mean mirrors or mirrors-only?");
  EXPECT_EQ(refusal("zzzzzzzzzz = 1"), "c.toml:1:1: zzzzzzzzzz = 1: there is no such key");
  // A quoted key with a dot is no path to another.
  EXPECT_THAT(refusal("\"x.root\" = \"/a\""), HasSubstr("there is no such key"));
}

TEST(Settings, RefuseWrongTypesAndValues) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"root = 3", "c.toml:1:1: root = 3: a text is wanted, in quotes"},
      {"root = 2026-01-02", "c.toml:1:1: root = a date: a text is wanted, in quotes"},
      {"root = \"srv\"", "c.toml:1:1: root = \"srv\": an absolute path is wanted"},
      {"storage-driver = \"ext4\"", "c.toml:1:1: storage-driver = \"ext4\": choose one of overlay, erofs"},
      {"log-driver = \"syslog\"",
       "c.toml:1:1: log-driver = \"syslog\": choose one of local, json-file, journald, none"},
      {"log-opts = \"max-size=1\"", "c.toml:1:1: log-opts = \"max-size=1\": a table is wanted: [log-opts]"},
      {"[log-opts]\nmax-file = 1.5",
       "c.toml:2:1: log-opts.max-file = a number with a fraction: a text is wanted, in quotes"},
      {"keep-compressed-blobs = 1", "c.toml:1:1: keep-compressed-blobs = 1: true or false is wanted"},
      {"insecure-registries = \"a.b\"",
       "c.toml:1:1: insecure-registries = \"a.b\": a list is wanted, in square brackets"},
      {"default-bind = \"here\"", "c.toml:1:1: default-bind = \"here\": an IP address is wanted"},
  };
  for (const auto& [document, message] : kWrong) EXPECT_EQ(refusal(document), message);
  EXPECT_THAT(refusal("[registry]\nprefix = \"a.b\""), HasSubstr("each begun by [[registry]]"));
}

TEST(Settings, SayWhereADocumentIsNoToml) {
  EXPECT_THAT(refusal("root = \"/a\"\nroot = \"/b\""), HasSubstr("c.toml:2:"));
  EXPECT_THAT(refusal("root = "), HasSubstr("c.toml:1:"));
  EXPECT_THAT(refusal("a = \"\xff\""), HasSubstr("c.toml:1:"));
  EXPECT_THAT(refusal("a = " + std::string(100'000, '[')), HasSubstr("c.toml:1:"));
}

TEST(Settings, ReadRegistries) {
  const Settings settings = of(R"(
[[registry]]
prefix = "registry-1.docker.io"
mirrors = ["Cache.example:5000/hub", "https://mirror.gcr.io/"]
mirrors-only = true
[[registry]]
prefix = "cache.example:5000"
ca = "/etc/ca.pem"
client-cert = "/etc/c.pem"
client-key = "/etc/k.pem"
)");
  ASSERT_EQ(settings.registries.size(), 2U);
  EXPECT_EQ(settings.registries[0].prefix, "docker.io");
  EXPECT_THAT(settings.registries[0].mirrors, ElementsAre("cache.example:5000/hub", "mirror.gcr.io"));
  EXPECT_TRUE(settings.registries[0].mirrors_only);
  EXPECT_EQ(settings.registries[1].ca, "/etc/ca.pem");
  EXPECT_EQ(settings.registries[1].origin.text(), "c.toml:6");
}

TEST(Settings, ALaterFileSettlesARegistryAnew) {
  Settings settings = of("[[registry]]\nprefix = \"a.b\"\ninsecure = true\n[[registry]]\nprefix = \"c.d\"");
  take_document(settings, "[[registry]]\nprefix = \"a.b\"\nmirrors = [\"m.n\"]", "d.toml");
  ASSERT_EQ(settings.registries.size(), 2U);
  EXPECT_EQ(settings.registries[1].origin.text(), "d.toml:1");
  EXPECT_FALSE(settings.registries[1].insecure);
}

TEST(Settings, RefuseRegistriesThatMeanNothing) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"insecure = true", "prefix is missing"},
      {"prefix = \"ubuntu\"", "HOST[:PORT][/PATH] is wanted"},
      {"prefix = \"docker.io//x\"", "HOST[:PORT][/PATH] is wanted"},
      {"prefix = \"user@a.b\"", "HOST[:PORT][/PATH] is wanted"},
      {"prefix = \"a.b\"\nmirrors = [\"http://m.n\"]", "insecure = true in a [[registry]] of that host"},
      {"prefix = \"a.b/c\"\ninsecure = true", "are of a whole host"},
      {"prefix = \"a.b\"\nmirrors-only = true", "mirrors has none"},
      {"prefix = \"a.b\"\nclient-cert = \"/x\"", "both or none"},
      {"prefix = \"a.b\"\nca = \"x\"", "an absolute path is wanted"},
      {"prefix = \"a.b\"\n[[registry]]\nprefix = \"A.B\"", "there is one for it in line 1 already"},
  };
  for (const auto& [members, message] : kWrong) {
    EXPECT_THAT(refusal(cat("[[registry]]\n", std::string_view(members))), HasSubstr(message)) << members;
  }
}

TEST(Settings, ReadAddressPools) {
  const Settings settings = of("default-address-pools = [{ base = \"10.20.0.0/16\", size = 24 }]");
  ASSERT_EQ(settings.default_address_pools.size(), 1U);
  EXPECT_EQ(settings.default_address_pools[0].base, "10.20.0.0/16");
  for (const char* wrong :
       {"base = \"10.20.0.0\", size = 24", "base = \"10.20.0.1/16\", size = 24", "base = \"10.20.0.0/16\", size = 8",
        "base = \"10.20.0.0/16\", size = 31", "size = 24", "base = \"10.20.0.0/16\"",
        "base = \"10.20.0.0/33\", size = 24", "base = \"x/8\", size = 24"}) {
    EXPECT_THAT(refusal(cat("default-address-pools = [{ ", std::string_view(wrong), " }]")), HasSubstr("c.toml:1:"))
        << wrong;
  }
}

// What is shown can be read, and is the same then.
TEST(Settings, ShowWhatReadsBackTheSame) {
  const Settings settings = of(R"(
root = "/a \"b\"\\c\u0001"
log-driver = "json-file"
keep-compressed-blobs = true
insecure-registries = ["x.y:1", "z.example"]
default-address-pools = [{ base = "10.20.0.0/16", size = 24 }]
[log-opts]
max-size = "5m"
"odd key" = "x"
[[registry]]
prefix = "a.b"
mirrors = ["m.n", "o.p/q"]
insecure = true
)");
  const auto shown = [](const Settings& some) {
    std::vector<Value> values;
    for (const Key& key : keys()) key.show(some, key.name, values);
    std::string text;
    for (const Value& value : values) {
      if (value.origin.given()) text += cat(value.dotted(), " = ", value.shown(), "\n");
    }
    return text;
  };
  const std::string text = shown(settings);
  EXPECT_EQ(shown(of(text)), text);
  EXPECT_THAT(text, HasSubstr("log-opts.\"odd key\" = \"x\""));
  EXPECT_THAT(text, HasSubstr("keep-compressed-blobs = true\n"));
  EXPECT_THAT(text, HasSubstr("mirrors = [\"m.n\", \"o.p/q\"]"));
}

TEST(Settings, EveryKeyIsShown) {
  for (const Key& key : keys()) {
    std::vector<Value> values;
    key.show(of("log-opts.max-size = \"1m\""), key.name, values);
    ASSERT_FALSE(values.empty()) << key.name;
    EXPECT_TRUE(values[0].name.starts_with(key.name)) << key.name;
  }
}

}  // namespace
}  // namespace minidock::config
