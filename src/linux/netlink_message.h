// Netlink: messages to the kernel's network code, and its answers.
//
// Requests are built as bytes, without a socket, so that they can be made in one place, tested by their bytes, and sent
// in another: by the engine, or by the helper in a container's namespace.
// Sources: netlink(7), Documentation/userspace-api/netlink/intro.rst.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "linux/netlink_exchange.h"

namespace minidock::linux {

// A sequence of messages. All numbers go in as they are: who needs network order converts.
class NetlinkMessages {
 public:
  // NLM_F_REQUEST is added. Numbered from 1.
  void begin(uint16_t type, uint16_t flags);
  void end();

  template <typename T>
  void add(const T& fixed) {  // the struct that begins a message of this type
    add_bytes({reinterpret_cast<const char*>(&fixed), sizeof fixed});
  }
  // Throws invalid where it does not fit an attribute (64 KiB less 5 bytes): a length is never cut.
  void attribute(uint16_t type, std::string_view value);
  void text(uint16_t type, std::string_view value);  // with a final NUL
  template <typename T>
  void number(uint16_t type, T value) {
    attribute(type, {reinterpret_cast<const char*>(&value), sizeof value});
  }
  void flag(uint16_t type) { attribute(type, {}); }
  // Attributes until close() are within this one.
  size_t open(uint16_t type);
  void close(size_t nest);
  // Where the next byte goes: the place of a value that the sender fills in.
  size_t position() const { return bytes_.size(); }
  void fill(size_t position, uint32_t value);

  uint32_t count() const { return count_; }
  bool empty() const { return bytes_.empty(); }
  const std::string& bytes() const { return bytes_; }

 private:
  void add_bytes(std::string_view value);

  std::string bytes_;
  size_t begin_ = 0;
  uint32_t count_ = 0;
};

void copy_value(std::string_view value, void* out, size_t size);

// Calls `each` with type (without its flags) and value of every attribute in `bytes`. Throws corrupt for lengths that
// lead out of it.
void each_attribute(std::string_view bytes, const std::function<void(uint16_t type, std::string_view value)>& each);

// `value` as a T. Throws corrupt where it is shorter; longer ones come from newer kernels.
template <typename T>
T read_value(std::string_view value) {
  T out = {};
  copy_value(value, &out, sizeof out);
  return out;
}

// The kernel's end, in one network namespace.
class NetlinkSocket {
 public:
  // Of the caller's namespace. Throws unsupported where the kernel has no such protocol.
  static NetlinkSocket open(int protocol);
  // Of the namespace where it was opened.
  static NetlinkSocket of(Fd socket) { return NetlinkSocket(std::move(socket)); }

  // Sends, and throws what the kernel refuses, beginning with `what`; its errno is in the Error.
  void request(const NetlinkMessages& messages, std::string_view what);
  // 0 or an errno.
  int try_request(const NetlinkMessages& messages, NetlinkRefusal& refusal);
  // Sends one message that asks for one object: its body, or nullopt where there is none (ENODEV, ENOENT).
  std::optional<std::string> find(const NetlinkMessages& message, std::string_view what);
  // Sends one message with NLM_F_DUMP and calls `each` with type and body of what comes. Begins again where the kernel
  // says that what it was telling has changed meanwhile.
  void dump(const NetlinkMessages& message, std::string_view what,
            const std::function<void(uint16_t type, std::string_view body)>& each);

 private:
  explicit NetlinkSocket(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

}  // namespace minidock::linux
