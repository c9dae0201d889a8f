#include "monitor/dns_message.h"

#include <arpa/inet.h>
#include <string.h>

namespace minidock::monitor {

namespace {

constexpr uint16_t kIsAnswer = 0x8000, kOpcode = 0x7800, kCut = 0x0200, kWantsRecursion = 0x0100, kRecurses = 0x0080;
constexpr uint16_t kInternet = 1;
constexpr size_t kMostLabel = 63, kMostName = 255;
constexpr size_t kOptSize = 11, kRecordHead = 12;  // a record's, with a pointer for its name
constexpr uint16_t kOurUdpSize = 1232;             // that fits any path; between a container and its host all do

uint16_t get16(const uint8_t* at) {
  return static_cast<uint16_t>(at[0] << 8 | at[1]);
}

bool is_plain_byte(uint8_t byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

// The name of the question, which begins right behind the header. Its end, or 0 for what is none; a pointer is refused:
// there is nothing before it to point to.
size_t parse_name(const uint8_t* bytes, size_t size, DnsQuery& query) {
  size_t at = kDnsHeader, length = 0;
  query.is_plain = true;
  for (;;) {
    if (at >= size) return 0;
    const size_t label = bytes[at++];
    if (label == 0) break;
    if (label > kMostLabel || label > size - at) return 0;
    if (at + label - kDnsHeader + 1 > kMostName) return 0;
    if (length > 0) query.name[length++] = '.';
    for (size_t i = 0; i < label; ++i) {
      uint8_t byte = bytes[at++];
      if (byte >= 'A' && byte <= 'Z') byte = static_cast<uint8_t>(byte - 'A' + 'a');
      if (!is_plain_byte(byte)) query.is_plain = false;
      query.name[length++] = static_cast<char>(byte);
    }
  }
  query.name[length] = 0;
  if (length == 0) query.is_plain = false;
  return at;
}

// The OPT record, where it is what comes first behind the question, as in every query that has one.
void parse_edns(const uint8_t* bytes, size_t size, DnsQuery& query) {
  const uint8_t* const at = bytes + query.question_end;
  const bool alone = get16(bytes + 6) == 0 && get16(bytes + 8) == 0 && get16(bytes + 10) > 0;
  if (!alone || size - query.question_end < kOptSize || at[0] != 0 || get16(at + 1) != kDnsOpt) return;
  query.has_edns = true;
  if (get16(at + 3) > query.most) query.most = get16(at + 3);
}

// A label of a reverse name, from its end: moves `end` to before it. nullptr where there is none.
const char* last_label(const char* name, const char*& end) {
  if (end <= name) return nullptr;
  const char* begin = end;
  while (begin > name && begin[-1] != '.') --begin;
  const char* const label = begin;
  end = begin > name ? begin - 1 : begin;
  return label;
}

bool reverse_v4(const char* name, const char* end, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const char* const label_end = end;
    const char* const label = last_label(name, end);
    if (label == nullptr || label_end - label < 1 || label_end - label > 3) return false;
    if (*label == '0' && label_end - label > 1) return false;
    int value = 0;
    for (const char* at = label; at < label_end; ++at) {
      if (*at < '0' || *at > '9') return false;
      value = value * 10 + (*at - '0');
    }
    if (value > 255) return false;
    out[i] = static_cast<uint8_t>(value);
  }
  return end == name;
}

bool reverse_v6(const char* name, const char* end, uint8_t* out) {
  for (int i = 0; i < 32; ++i) {
    const char* const label_end = end;
    const char* const label = last_label(name, end);
    if (label == nullptr || label_end - label != 1) return false;
    const char digit = *label;
    const bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && (digit < 'a' || digit > 'f')) return false;
    const int value = decimal ? digit - '0' : digit - 'a' + 10;
    out[i / 2] = static_cast<uint8_t>(i % 2 == 0 ? value << 4 : out[i / 2] | value);
  }
  return end == name;
}

}  // namespace

DnsParse parse_dns_query(const uint8_t* bytes, size_t size, DnsQuery& query, DnsCode& code) {
  query = {};
  if (size < kDnsHeader) return DnsParse::dropped;
  query.id = get16(bytes);
  query.flags = get16(bytes + 2);
  if ((query.flags & kIsAnswer) != 0) return DnsParse::dropped;
  if ((query.flags & kOpcode) != 0) {
    code = DnsCode::not_implemented;
    return DnsParse::refused;
  }
  code = DnsCode::bad_format;
  if (get16(bytes + 4) != 1) return DnsParse::refused;
  const size_t end = parse_name(bytes, size, query);
  if (end == 0 || size - end < 4) return DnsParse::refused;
  query.type = get16(bytes + end);
  query.klass = get16(bytes + end + 2);
  query.question_end = end + 4;
  code = DnsCode::ok;
  if (query.klass != kInternet) query.is_plain = false;
  parse_edns(bytes, size, query);
  return DnsParse::query;
}

bool parse_reverse_name(const char* name, char* address, size_t room) {
  constexpr char kV4[] = ".in-addr.arpa", kV6[] = ".ip6.arpa";
  const size_t length = strlen(name);
  uint8_t bytes[16] = {};
  const auto ends_with = [&](const char* suffix, size_t size) {
    return length > size && memcmp(name + length - size, suffix, size) == 0;
  };
  if (ends_with(kV4, sizeof kV4 - 1)) {
    return reverse_v4(name, name + length - (sizeof kV4 - 1), bytes) &&
           inet_ntop(AF_INET, bytes, address, static_cast<socklen_t>(room)) != nullptr;
  }
  return ends_with(kV6, sizeof kV6 - 1) && reverse_v6(name, name + length - (sizeof kV6 - 1), bytes) &&
         inet_ntop(AF_INET6, bytes, address, static_cast<socklen_t>(room)) != nullptr;
}

DnsAnswer::DnsAnswer(uint8_t* out, size_t room, const uint8_t* bytes, const DnsQuery& query)
    : out_(out), room_(room), size_(kDnsHeader), query_(query) {
  memset(out, 0, kDnsHeader);
  if (query.question_end == 0) return;
  memcpy(out, bytes, query.question_end);
  size_ = query.question_end;
  if (query.has_edns) room_ -= kOptSize;
}

void DnsAnswer::put16(uint16_t value) {
  out_[size_++] = static_cast<uint8_t>(value >> 8);
  out_[size_++] = static_cast<uint8_t>(value & 0xff);
}

// The time to live is 0: a container may have ended before the answer is used again.
bool DnsAnswer::begin_record(uint16_t type, size_t size) {
  if (room_ - size_ < kRecordHead + size) is_cut_ = true;
  if (is_cut_) return false;
  put16(0xc000 | kDnsHeader);  // the question's name
  put16(type);
  put16(kInternet);
  put16(0);
  put16(0);
  put16(static_cast<uint16_t>(size));
  ++count_;
  return true;
}

void DnsAnswer::add_address(const uint8_t* address, size_t size) {
  if (!begin_record(size == 4 ? kDnsA : kDnsAaaa, size)) return;
  memcpy(out_ + size_, address, size);
  size_ += size;
}

void DnsAnswer::add_pointer(const char* name) {
  uint8_t wire[kMostName];
  size_t size = 0;
  for (const char* at = name; *at != 0;) {
    const size_t label = strcspn(at, ".");
    if (label == 0 || label > kMostLabel || size + 1 + label + 1 > sizeof wire) return;
    wire[size++] = static_cast<uint8_t>(label);
    memcpy(wire + size, at, label);
    size += label;
    at += label;
    if (*at == '.') ++at;
  }
  if (size == 0) return;
  wire[size++] = 0;
  if (!begin_record(kDnsPtr, size)) return;
  memcpy(out_ + size_, wire, size);
  size_ += size;
}

size_t DnsAnswer::finish(DnsCode code) {
  const size_t end = size_;
  size_ = 0;
  put16(query_.id);
  put16(static_cast<uint16_t>(kIsAnswer | (query_.flags & (kOpcode | kWantsRecursion)) | (is_cut_ ? kCut : 0) |
                              kRecurses | static_cast<uint16_t>(code)));
  put16(query_.question_end == 0 ? 0 : 1);
  put16(count_);
  put16(0);
  put16(query_.has_edns ? 1 : 0);
  size_ = end;
  if (query_.has_edns) {
    out_[size_++] = 0;
    put16(kDnsOpt);
    put16(kOurUdpSize);
    put16(0);
    put16(0);
    put16(0);
  }
  return size_;
}

}  // namespace minidock::monitor
