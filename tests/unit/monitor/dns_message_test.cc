#include "monitor/dns_message.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <random>
#include <string>

namespace minidock::monitor {
namespace {

using namespace std::string_literals;

// dig +noedns Web.net A: as it comes.
const std::string kQuery = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03Web\x03net\x00\x00\x01\x00\x01"s;
const std::string kEdns =
    "\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x01\x03web\x00\x00\x1c\x00\x01\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"s;

const uint8_t* bytes(const std::string& text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

struct Read {
  DnsParse how;
  DnsQuery query;
  DnsCode code = DnsCode::ok;
};

// From memory that ends where the message does, so that a sanitizer sees a read beyond it.
Read read(const std::string& message) {
  Read out;
  const std::vector<uint8_t> copy(message.begin(), message.end());
  out.how = parse_dns_query(copy.data(), copy.size(), out.query, out.code);
  return out;
}

TEST(DnsQuery, IsRead) {
  const Read got = read(kQuery);
  ASSERT_EQ(got.how, DnsParse::query);
  EXPECT_EQ(got.query.id, 0x1234);
  EXPECT_STREQ(got.query.name, "web.net");
  EXPECT_EQ(got.query.type, kDnsA);
  EXPECT_TRUE(got.query.is_plain);
  EXPECT_EQ(got.query.question_end, kQuery.size());
  EXPECT_EQ(got.query.most, kDnsPlainSize);
  const Read edns = read(kEdns);
  ASSERT_EQ(edns.how, DnsParse::query);
  EXPECT_TRUE(edns.query.has_edns);
  EXPECT_EQ(edns.query.most, 1232u);
  EXPECT_EQ(edns.query.type, kDnsAaaa);
}

TEST(DnsQuery, IsRefused) {
  std::string pointer = kQuery;
  pointer[12] = '\xc0';
  EXPECT_EQ(read(pointer).how, DnsParse::refused);
  std::string two = kQuery;
  two[5] = 2;
  EXPECT_EQ(read(two).how, DnsParse::refused);
  EXPECT_EQ(read(two).code, DnsCode::bad_format);
  std::string update = kQuery;
  update[2] = 0x28;
  EXPECT_EQ(read(update).code, DnsCode::not_implemented);
  std::string answer = kQuery;
  answer[2] = '\x81';
  EXPECT_EQ(read(answer).how, DnsParse::dropped);
  EXPECT_EQ(read("").how, DnsParse::dropped);
}

TEST(DnsQuery, LongNames) {
  const auto with_labels = [](const std::vector<size_t>& labels) {
    std::string out = kQuery.substr(0, kDnsHeader);
    for (const size_t label : labels) out += static_cast<char>(label) + std::string(label, 'a');
    return out + "\x00\x00\x01\x00\x01"s;
  };
  EXPECT_EQ(read(with_labels({63, 63, 63, 61})).how, DnsParse::query);
  EXPECT_EQ(std::string(read(with_labels({63, 63, 63, 61})).query.name).size(), 253u);
  EXPECT_EQ(read(with_labels({63, 63, 63, 62})).how, DnsParse::refused);
  EXPECT_EQ(read(with_labels({64})).how, DnsParse::refused);
}

TEST(DnsQuery, NamesThatAreNoFileNames) {
  for (const char* label : {"a/b", "..", "a.b", "\xc3\xa4", "a b"}) {
    const std::string text = label;
    const Read got = read(kQuery.substr(0, kDnsHeader) + static_cast<char>(text.size()) + text + "\0\0\1\0\1"s);
    EXPECT_EQ(got.how, DnsParse::query) << label;
    EXPECT_FALSE(got.query.is_plain) << label;
  }
  EXPECT_FALSE(read(kQuery.substr(0, kDnsHeader) + "\0\0\2\0\1"s).query.is_plain);  // the root
}

TEST(DnsQuery, CutAnywhereAndChangedAnywhere) {
  for (const std::string& whole : {kQuery, kEdns}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const Read got = read(whole.substr(0, size));
      if (got.how == DnsParse::query) {
        EXPECT_LE(got.query.question_end, size);
      }
    }
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
      std::string mutant = whole;
      for (int k = 0; k < 3; ++k) mutant[random() % mutant.size()] = static_cast<char>(random());
      mutant.resize(random() % (mutant.size() + 1));
      const Read got = read(mutant);
      EXPECT_LE(got.query.question_end, mutant.size());
      uint8_t out[kDnsPlainSize];
      if (got.how == DnsParse::dropped) continue;
      EXPECT_LE(DnsAnswer(out, sizeof out, bytes(mutant), got.query).finish(got.code), sizeof out);
    }
  }
}

std::string answer(const std::string& message, size_t room, auto fill, DnsCode code = DnsCode::ok) {
  std::vector<uint8_t> out(room);
  const DnsQuery query = read(message).query;
  DnsAnswer made(out.data(), room, bytes(message), query);
  fill(made);
  return {reinterpret_cast<const char*>(out.data()), made.finish(code)};
}
void nothing(DnsAnswer&) {}

TEST(DnsAnswer, GoldenBytes) {
  const uint8_t four[] = {10, 0, 0, 7};
  EXPECT_EQ(answer(kQuery, 512, [&](DnsAnswer& made) { made.add_address(four, 4); }),
            "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x03Web\x03net\x00\x00\x01\x00\x01"
            "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x0a\x00\x00\x07"s);
  EXPECT_EQ(answer(kQuery, 512, nothing, DnsCode::no_such_name),
            "\x12\x34\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00\x03Web\x03net\x00\x00\x01\x00\x01"s);
  EXPECT_EQ(answer(kEdns, 512, nothing),
            "\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x01\x03web\x00\x00\x1c\x00\x01"
            "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"s);
  EXPECT_EQ(answer(kQuery, 512, [](DnsAnswer& made) { made.add_pointer("web.net"); }),
            "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x03Web\x03net\x00\x00\x01\x00\x01"
            "\xc0\x0c\x00\x0c\x00\x01\x00\x00\x00\x00\x00\x09\x03web\x03net\x00"s);
}

TEST(DnsAnswer, IsCutWhereItDoesNotFit) {
  const uint8_t four[] = {10, 0, 0, 7};
  const std::string got = answer(kEdns, 512, [&](DnsAnswer& made) {
    for (int i = 0; i < 100; ++i) made.add_address(four, 4);
  });
  EXPECT_LE(got.size(), 512u);
  EXPECT_EQ(got[2] & 2, 2);
  EXPECT_EQ(got[7], 30);  // (512 - 21 - 11) / 16
}

TEST(DnsAnswer, PointersToWhatIsNoName) {
  for (const std::string& name : {""s, "a..b"s, std::string(64, 'a')}) {
    EXPECT_EQ(answer(kQuery, 512, [&](DnsAnswer& made) { made.add_pointer(name.c_str()); })[7], 0) << name;
  }
}

std::string reverse(const std::string& name) {
  char out[46];
  return parse_reverse_name(name.c_str(), out, sizeof out) ? out : "none";
}

TEST(DnsReverse, Addresses) {
  EXPECT_EQ(reverse("4.3.2.10.in-addr.arpa"), "10.2.3.4");
  EXPECT_EQ(reverse("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"), "2001:db8::1");
  for (const char* name : {"", "in-addr.arpa", ".in-addr.arpa", "3.2.1.in-addr.arpa", "5.4.3.2.1.in-addr.arpa",
                           "256.3.2.1.in-addr.arpa", "04.3.2.1.in-addr.arpa", "4..2.1.in-addr.arpa",
                           "x.3.2.1.in-addr.arpa", "1.0.ip6.arpa", ".3.2.1.in-addr.arpa", "web"}) {
    EXPECT_EQ(reverse(name), "none") << name;
  }
}

}  // namespace
}  // namespace minidock::monitor
