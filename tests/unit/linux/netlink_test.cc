// Messages by their bytes.
#include <gmock/gmock.h>
#include <linux/rtnetlink.h>

#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "linux/links.h"

namespace minidock::linux {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string hex(const std::string& bytes) {
  return to_hex(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

TEST(Netlink, MessageOfAttributes) {
  NetlinkMessages messages;
  messages.begin(0x10, NLM_F_ACK);
  messages.add(uint8_t{7});
  messages.text(1, "ab");
  const size_t nest = messages.open(2);
  messages.number(3, uint16_t{0x1234});
  messages.close(nest);
  messages.end();
  EXPECT_EQ(hex(messages.bytes()),
            "28000000"
            "1000"
            "0500"
            "01000000"
            "00000000"  // length, type, flags, number, port
            "07000000"  // padded to four
            "0700"
            "0100"
            "61620000"
            "0c00"
            "0280"
            "0600"
            "0300"
            "34120000");
  EXPECT_EQ(messages.count(), 1u);
}

TEST(Netlink, SeveralMessagesAreNumbered) {
  NetlinkMessages messages;
  set_link_up(messages, 1);
  set_link_up(messages, 2);
  EXPECT_EQ(messages.count(), 2u);
  nlmsghdr second = {};
  std::memcpy(&second, messages.bytes().data() + messages.bytes().size() / 2, sizeof second);
  EXPECT_EQ(second.nlmsg_seq, 2u);
  EXPECT_EQ(second.nlmsg_len, messages.bytes().size() / 2);
}

// A length has 16 bits; one that was cut would make the kernel read our data as attributes.
TEST(Netlink, LengthsAreNeverCut) {
  NetlinkMessages messages;
  messages.begin(1, 0);
  messages.attribute(1, std::string(65531, 'x'));
  EXPECT_THROW(messages.attribute(1, std::string(65532, 'x')), Error);
  EXPECT_THROW(messages.text(1, std::string(65531, 'x')), Error);
  NetlinkMessages nested;
  nested.begin(1, 0);
  const size_t nest = nested.open(1);
  nested.attribute(2, std::string(40000, 'x'));
  nested.attribute(2, std::string(40000, 'x'));
  EXPECT_THROW(nested.close(nest), Error);
}

std::vector<std::pair<int, std::string>> attributes_of(std::string_view bytes) {
  std::vector<std::pair<int, std::string>> out;
  each_attribute(bytes, [&](uint16_t type, std::string_view value) { out.emplace_back(type, value); });
  return out;
}

TEST(Netlink, AnswersAreReadWithinTheirBounds) {
  NetlinkMessages messages;
  messages.attribute(5, "abc");
  messages.attribute(6 | NLA_F_NESTED, "");
  EXPECT_THAT(attributes_of(messages.bytes()), ElementsAre(Pair(5, "abc"), Pair(6, "")));
  std::string bytes = messages.bytes();
  EXPECT_THAT(attributes_of(bytes.substr(0, 7)), ElementsAre(Pair(5, "abc"))) << "unpadded at the end";
  EXPECT_THROW(attributes_of(bytes.substr(0, 6)), Error);
  bytes[0] = 3;  // shorter than its own header
  EXPECT_THROW(attributes_of(bytes), Error);
  bytes[0] = 100;
  EXPECT_THROW(attributes_of(bytes), Error);
  EXPECT_THROW(read_value<uint32_t>("abc"), Error);
}

TEST(Netlink, NamesOfInterfaces) {
  NetlinkMessages messages;
  EXPECT_NO_THROW(remove_link(messages, "exactly15chars_"));
  for (const char* wrong : {"", "sixteen_letters_"}) {
    try {
      remove_link(messages, wrong);
      FAIL() << wrong;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("1 to 15"));
    }
  }
}

TEST(Netlink, MacAddresses) {
  EXPECT_EQ(to_text(parse_mac("02:42:AC:11:00:02").value()), "02:42:ac:11:00:02");
  for (const char* wrong : {"", "02:42:ac:11:00", "02:42:ac:11:00:02:03", "02-42-ac-11-00-02", "0242ac110002",
                            "2:42:ac:11:00:02", "0g:42:ac:11:00:02", "01:42:ac:11:00:02", "ff:ff:ff:ff:ff:ff"}) {
    EXPECT_FALSE(parse_mac(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace minidock::linux
