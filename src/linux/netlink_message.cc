#include "linux/netlink_message.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"

namespace minidock::linux {

namespace {

constexpr size_t kMostAttribute = std::numeric_limits<uint16_t>::max();
constexpr size_t kAnswerBytes = 32768;  // what the kernel puts into one datagram of a dump, at most
constexpr int kMostRetries = 20;

void pad(std::string& bytes) {
  bytes.resize(NLMSG_ALIGN(bytes.size()));
}

template <typename T>
void store_at(std::string& bytes, size_t position, T value) {
  std::memcpy(bytes.data() + position, &value, sizeof value);
}

// One datagram of a dump. True with the last.
bool read_datagram(std::string_view bytes, std::string_view what, bool& changed,
                   std::vector<std::pair<uint16_t, std::string>>& bodies) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const auto header = read_value<nlmsghdr>(bytes);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) {
      throw_error(ErrorKind::corrupt, what, ": the kernel's answer has a wrong length");
    }
    const std::string_view body = bytes.substr(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
    changed |= (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (header.nlmsg_type == NLMSG_DONE) return true;
    if (header.nlmsg_type == NLMSG_ERROR) {
      const int failure = -read_value<int>(body);
      if (failure != 0) throw_errno_message(failure, std::string(what));
      return true;
    }
    bodies.emplace_back(header.nlmsg_type, body);
    bytes.remove_prefix(std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), bytes.size()));
  }
  return false;
}

}  // namespace

void NetlinkMessages::begin(uint16_t type, uint16_t flags) {
  begin_ = bytes_.size();
  nlmsghdr header = {};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST);
  header.nlmsg_seq = ++count_;
  add_bytes({reinterpret_cast<const char*>(&header), sizeof header});
}

void NetlinkMessages::end() {
  store_at(bytes_, begin_ + offsetof(nlmsghdr, nlmsg_len), static_cast<uint32_t>(bytes_.size() - begin_));
}

void NetlinkMessages::add_bytes(std::string_view value) {
  bytes_ += value;
  pad(bytes_);
}

void NetlinkMessages::attribute(uint16_t type, std::string_view value) {
  const size_t length = NLA_HDRLEN + value.size();
  if (length > kMostAttribute) {
    throw_error(ErrorKind::invalid, "a value of ", value.size(), " bytes is too long for a netlink attribute");
  }
  const nlattr header = {static_cast<uint16_t>(length), type};
  bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
  add_bytes(value);
}

void NetlinkMessages::text(uint16_t type, std::string_view value) {
  std::string terminated(value);
  terminated += '\0';
  attribute(type, terminated);
}

size_t NetlinkMessages::open(uint16_t type) {
  const size_t at = bytes_.size();
  attribute(static_cast<uint16_t>(type | NLA_F_NESTED), {});
  return at;
}

void NetlinkMessages::close(size_t nest) {
  const size_t length = bytes_.size() - nest;
  if (length > kMostAttribute) {
    throw_error(ErrorKind::invalid, "attributes of ", length, " bytes together are too long for a netlink message");
  }
  store_at(bytes_, nest, static_cast<uint16_t>(length));
}

void NetlinkMessages::fill(size_t position, uint32_t value) {
  store_at(bytes_, position, value);
}

void copy_value(std::string_view value, void* out, size_t size) {
  if (value.size() < size) throw_error(ErrorKind::corrupt, "the kernel's netlink answer is cut short");
  std::memcpy(out, value.data(), size);
}

void each_attribute(std::string_view bytes, const std::function<void(uint16_t, std::string_view)>& each) {
  while (bytes.size() >= NLA_HDRLEN) {
    const auto header = read_value<nlattr>(bytes);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes.size()) {
      throw_error(ErrorKind::corrupt, "an attribute of the kernel's netlink answer has a wrong length");
    }
    each(static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK), bytes.substr(NLA_HDRLEN, header.nla_len - NLA_HDRLEN));
    bytes.remove_prefix(std::min<size_t>(NLA_ALIGN(header.nla_len), bytes.size()));
  }
}

NetlinkSocket NetlinkSocket::open(int protocol) {
  Fd socket = open_netlink(protocol);
  if (!socket) {
    const int failure = errno;
    if (failure == EPROTONOSUPPORT) {
      throw_error(ErrorKind::unsupported, "this kernel has no ",
                  protocol == NETLINK_NETFILTER ? "netfilter" : "rtnetlink", " sockets; networks need CONFIG_",
                  protocol == NETLINK_NETFILTER ? "NF_TABLES" : "NET");
    }
    throw_errno_message(failure, "open a netlink socket");
  }
  return NetlinkSocket(std::move(socket));
}

int NetlinkSocket::try_request(const NetlinkMessages& messages, NetlinkRefusal& refusal) {
  return netlink_exchange(socket_.get(), messages.bytes().data(), messages.bytes().size(), refusal);
}

void NetlinkSocket::request(const NetlinkMessages& messages, std::string_view what) {
  NetlinkRefusal refusal;
  const int failure = try_request(messages, refusal);
  if (failure == 0) return;
  throw_errno_message(failure, *refusal.text == 0 ? std::string(what) : cat(what, ": ", printable(refusal.text)));
}

std::optional<std::string> NetlinkSocket::find(const NetlinkMessages& message, std::string_view what) {
  if (::send(socket_.get(), message.bytes().data(), message.bytes().size(), 0) < 0) throw_errno(what);
  std::vector<char> buffer(kAnswerBytes);
  ssize_t got;
  do got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got < 0) throw_errno(what);
  const std::string_view bytes(buffer.data(), static_cast<size_t>(got));
  const auto header = read_value<nlmsghdr>(bytes);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.size()) {
    throw_error(ErrorKind::corrupt, what, ": the kernel's answer has a wrong length");
  }
  const std::string_view body = bytes.substr(NLMSG_HDRLEN, header.nlmsg_len - NLMSG_HDRLEN);
  if (header.nlmsg_type != NLMSG_ERROR) return std::string(body);
  const int failure = -read_value<int>(body);
  if (failure == ENODEV || failure == ENOENT) return std::nullopt;
  throw_errno_message(failure, std::string(what));
}

void NetlinkSocket::dump(const NetlinkMessages& message, std::string_view what,
                         const std::function<void(uint16_t, std::string_view)>& each) {
  std::vector<char> buffer(kAnswerBytes);
  for (int retry = 0; retry < kMostRetries; ++retry) {
    if (::send(socket_.get(), message.bytes().data(), message.bytes().size(), 0) < 0) throw_errno(what);
    std::vector<std::pair<uint16_t, std::string>> bodies;
    bool changed = false;
    for (bool done = false; !done;) {
      const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw_errno(what);
      done = read_datagram({buffer.data(), static_cast<size_t>(got)}, what, changed, bodies);
    }
    if (changed) continue;
    for (const auto& [type, body] : bodies) each(type, body);
    return;
  }
  throw_error(ErrorKind::in_use, what, ": it changes faster than it can be read; try again");
}

}  // namespace minidock::linux
