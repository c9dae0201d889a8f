#include "engine/identity_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::engine {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(IdentityFiles, HostsOfAPrivateNetwork) {
  ContainerConfig config;
  config.add_hosts = {"db:10.0.0.1", "six=[::2]", "v6:::3"};
  const std::string text = hosts_text(config, "web", {}, "1.1.1.1 host\n");
  EXPECT_THAT(text, StartsWith("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"));
  EXPECT_THAT(text, EndsWith("127.0.0.1\tweb\n10.0.0.1\tdb\n::2\tsix\n::3\tv6\n"));
}

TEST(IdentityFiles, HostsOfTheHostsNetworkAreTheHosts) {
  ContainerConfig config;
  config.network = "host";
  config.add_hosts = {"db:10.0.0.1"};
  EXPECT_EQ(hosts_text(config, "web", {}, "1.1.1.1 host"), "1.1.1.1 host\n10.0.0.1\tdb\n");
}

TEST(IdentityFiles, BadHostsAreRefused) {
  for (const std::string bad : {"foo", "foo:", ":1.2.3.4", "a:1\n2.2.2.2 b"}) {
    ContainerConfig config;
    config.add_hosts = {bad};
    try {
      ADD_FAILURE() << bad << " became " << hosts_text(config, "", {}, "");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith("bad format for add-host: \"" + bad.substr(0, 3)));
    }
  }
}

constexpr std::string_view kHostResolver =
    "# made by hand\nsearch lan\nnameserver 127.0.0.53\nnameserver\t10.0.0.2\noptions edns0\n";

TEST(IdentityFiles, ResolverLeavesOutWhatOnlyTheHostCanReach) {
  ContainerConfig config;
  EXPECT_EQ(resolver_text(config, kHostResolver, false),
            "# made by hand\nsearch lan\nnameserver\t10.0.0.2\noptions edns0\n");
  config.network = "host";
  EXPECT_EQ(resolver_text(config, kHostResolver, false), kHostResolver);
}

TEST(IdentityFiles, WhereSomebodyAnswersTheServersAreHis) {
  ContainerConfig config;
  EXPECT_EQ(resolver_text(config, kHostResolver, true),
            "nameserver 127.0.0.11\n# made by hand\nsearch lan\noptions edns0\noptions ndots:0\n");
  config.dns = {"1.1.1.1"};  // whom the monitor asks
  config.dns_search = {"a.b"};
  config.dns_options = {"ndots:2"};
  EXPECT_EQ(resolver_text(config, kHostResolver, true),
            "nameserver 127.0.0.11\n# made by hand\nsearch a.b\noptions ndots:2\n");
}

TEST(IdentityFiles, NameServersAreReadAsTheyAreWritten) {
  EXPECT_THAT(name_servers(kHostResolver), ::testing::ElementsAre("127.0.0.53", "10.0.0.2"));
  EXPECT_THAT(name_servers("# nameserver 1.1.1.1\nnameservers 2.2.2.2\n"), ::testing::IsEmpty());
}

TEST(IdentityFiles, ResolverTakesTheUsersWords) {
  ContainerConfig config;
  config.dns = {"1.1.1.1", "8.8.8.8"};
  config.dns_search = {"a.b", "c"};
  config.dns_options = {"ndots:2"};
  EXPECT_EQ(resolver_text(config, kHostResolver, false),
            "nameserver 1.1.1.1\nnameserver 8.8.8.8\n# made by hand\nsearch a.b c\noptions ndots:2\n");
  config.dns_search = {"."};
  EXPECT_EQ(resolver_text(config, "search lan\n", false), "nameserver 1.1.1.1\nnameserver 8.8.8.8\noptions ndots:2\n");
}

}  // namespace
}  // namespace minidock::engine
