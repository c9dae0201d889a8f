#include "engine/network_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minidock::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kNamedId(64, 'a');

EndpointRecord endpoint(const std::string& network) {
  EndpointRecord out;
  out.network = network;
  out.network_id = network + "-id";
  out.ipv4 = "172.28.1.2";
  return out;
}

TEST(NetworkNames, KeysAreInLowerCaseAndOnceEach) {
  EndpointRecord place = endpoint("blue");
  place.aliases = {"DB", "web", "aaaaaaaaaaaa", "db"};
  EXPECT_THAT(name_keys({kNamedId, "Web", "web.example"}, place),
              ElementsAre("web", "aaaaaaaaaaaa", "web.example", "172.28.1.2", "db"));
}

TEST(NetworkNames, WhatNoFileCouldBeCalledIsNoKey) {
  EndpointRecord place = endpoint("blue");
  place.ipv4 = "";
  place.aliases = {"../../etc", ".members", "a/b", "", "with space", "new\nline", std::string(254, 'x'), "ok_1-2.3"};
  EXPECT_THAT(name_keys({kNamedId, "web", ""}, place), ElementsAre("web", "aaaaaaaaaaaa", "ok_1-2.3"));
}

TEST(NetworkNames, TheDefaultNetworkHasNone) {
  NetworkRecord record;
  record.endpoints = {endpoint("bridge"), endpoint("blue")};
  const NameList list = list_names({kNamedId, "web", ""}, record, {"10.0.0.1"});
  ASSERT_EQ(list.places.size(), 1U);
  EXPECT_EQ(list.places[0].network, "blue");
}

TEST(NetworkNames, TheListIsReadAsItWasWritten) {
  NetworkRecord record;
  record.endpoints = {endpoint("blue"), endpoint("green")};
  const NameList list = list_names({kNamedId, "web", ""}, record, {"10.0.0.1", "fd00::1"});
  const std::string text = to_text(list);
  EXPECT_EQ(text,
            "nameserver 10.0.0.1\nnameserver fd00::1\n"
            "network blue-id blue web aaaaaaaaaaaa 172.28.1.2\n"
            "network green-id green web aaaaaaaaaaaa 172.28.1.2\n");
  EXPECT_EQ(to_text(parse_name_list(text)), text);
}

TEST(NetworkNames, ADamagedListIsReadAsFarAsItGoes) {
  EXPECT_THAT(parse_name_list("").places, IsEmpty());
  const NameList list = parse_name_list("network\nnetwork id\nserver 1\nnetwork id name\nnameserver\nnetwork x y z");
  ASSERT_EQ(list.places.size(), 2U);
  EXPECT_THAT(list.places[0].keys, IsEmpty());
  EXPECT_THAT(list.places[1].keys, ElementsAre("z"));
  EXPECT_THAT(list.servers, IsEmpty());
}

TEST(NetworkNames, WhoIsAnsweredByTheMonitor) {
  NetworkRecord none, bridge, own;
  bridge.endpoints = {endpoint("bridge")};
  own.endpoints = {endpoint("bridge"), endpoint("blue")};
  const std::string loopback = "nameserver 127.0.0.53\n", reachable = loopback + "nameserver 10.0.0.1\n";
  EXPECT_FALSE(has_resolver(none, {}, loopback));
  EXPECT_TRUE(has_resolver(own, {}, reachable));
  // On the default network: only where no server of the host's can be reached from there.
  EXPECT_FALSE(has_resolver(bridge, {}, reachable));
  EXPECT_TRUE(has_resolver(bridge, {}, loopback));
  EXPECT_FALSE(has_resolver(bridge, {"10.9.9.9"}, loopback));
  EXPECT_FALSE(has_resolver(bridge, {}, ""));
}

}  // namespace
}  // namespace minidock::engine
