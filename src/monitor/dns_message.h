// Messages of the domain name system: reading a query, and writing the answer to it. Pure, and free of exceptions and
// of the heap: the static helper answers containers with it (helper/resolver.h).
// Sources: RFC 1035 section 4 (messages), RFC 3596 (AAAA, ip6.arpa), RFC 6891 (EDNS), RFC 2308 (no data).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace minidock::monitor {

constexpr size_t kDnsHeader = 12;
constexpr size_t kDnsPlainSize = 512;  // what a UDP answer may have where the asker says nothing else

enum DnsType : uint16_t { kDnsA = 1, kDnsPtr = 12, kDnsAaaa = 28, kDnsOpt = 41, kDnsAny = 255 };
enum class DnsCode : uint8_t { ok = 0, bad_format = 1, failed = 2, no_such_name = 3, not_implemented = 4 };

struct DnsQuery {
  uint16_t id = 0, flags = 0, type = 0, klass = 0;
  char name[256] = {};      // lower case, labels joined by dots, no dot at the end
  bool is_plain = false;    // no byte of it but letters, digits, '-', '_' and the dots between labels
  size_t question_end = 0;  // 0: there is no question that could be sent back
  bool has_edns = false;
  size_t most = kDnsPlainSize;  // bytes that an answer by UDP may have
};

enum class DnsParse {
  query,
  refused,  // to be answered with bad_format or not_implemented: see `code`
  dropped,  // no query at all: an answer might begin a loop
};
DnsParse parse_dns_query(const uint8_t* bytes, size_t size, DnsQuery& query, DnsCode& code);

// "4.3.2.1.in-addr.arpa" -> "1.2.3.4", and of ip6.arpa; false for any other name. `address` is as inet_ntop(3) writes
// it.
bool parse_reverse_name(const char* name, char* address, size_t room);

// The answer to `query`, in a buffer of the caller's. Answers beyond `room` are left out, and the message says that it
// is cut (TC).
class DnsAnswer {
 public:
  // `room`: of the buffer, at least kDnsPlainSize. `bytes` is the message that `query` was read from.
  DnsAnswer(uint8_t* out, size_t room, const uint8_t* bytes, const DnsQuery& query);
  void add_address(const uint8_t* address, size_t size);  // 4 or 16 bytes
  void add_pointer(const char* name);                     // labels of more than 63 bytes: left out
  uint16_t count() const { return count_; }
  size_t finish(DnsCode code);  // the message's size

 private:
  bool begin_record(uint16_t type, size_t size);
  void put16(uint16_t value);

  uint8_t* out_;
  size_t room_, size_;
  const DnsQuery& query_;
  uint16_t count_ = 0;
  bool is_cut_ = false;
};

}  // namespace minidock::monitor
