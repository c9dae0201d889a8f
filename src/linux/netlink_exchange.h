// One exchange with the kernel by netlink (netlink(7)). Header-only, without exceptions and heap: the static helper
// uses it too.
#pragma once

#include <errno.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

namespace minidock::linux {

// What the kernel said about a request that it refused. `text` is its own explanation, "" for none.
struct NetlinkRefusal {
  uint32_t sequence = 0;  // of the message
  char text[160] = {};
};

// A socket of the caller's network namespace, where it stays wherever the caller goes. Empty, and errno: none.
inline Fd open_netlink(int protocol) {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (!socket) return socket;
  const int on = 1;
  // Both only make refusals shorter and clearer; a kernel before 4.12 has neither.
  setsockopt(socket.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(socket.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  return socket;
}

namespace detail {
// The kernel's explanation is an attribute behind the error, and behind the request where that is sent back whole.
inline void copy_explanation(const nlmsghdr& header, const nlmsgerr& error, NetlinkRefusal& refusal) {
  refusal.sequence = header.nlmsg_seq;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return;
  size_t at = NLMSG_HDRLEN + sizeof(nlmsgerr);
  if ((header.nlmsg_flags & NLM_F_CAPPED) == 0) at += NLMSG_ALIGN(error.msg.nlmsg_len) - sizeof(nlmsghdr);
  const char* bytes = reinterpret_cast<const char*>(&header);
  while (at + NLA_HDRLEN <= header.nlmsg_len) {
    nlattr attribute;
    memcpy(&attribute, bytes + at, sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || at + attribute.nla_len > header.nlmsg_len) return;
    if (attribute.nla_type == NLMSGERR_ATTR_MSG) {
      size_t size = attribute.nla_len - NLA_HDRLEN;
      if (size >= sizeof refusal.text) size = sizeof refusal.text - 1;
      memcpy(refusal.text, bytes + at + NLA_HDRLEN, size);
      refusal.text[size] = 0;
      return;
    }
    at += NLA_ALIGN(attribute.nla_len);
  }
}
}  // namespace detail

// Sends messages of which the last asks for an acknowledgement, and takes the answers. 0, or the errno of the first
// that was refused; EPROTO where the kernel did not answer. The kernel has done all when send(2) returns.
inline int netlink_exchange(int socket, const char* bytes, size_t size, NetlinkRefusal& refusal) {
  ssize_t sent;
  do sent = ::send(socket, bytes, size, 0);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return errno;
  int failure = 0;
  bool acknowledged = false;
  alignas(nlmsghdr) char answer[8192];
  for (;;) {
    const ssize_t got = ::recv(socket, answer, sizeof answer, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size_t at = 0;
    while (at + sizeof(nlmsghdr) <= static_cast<size_t>(got)) {
      const nlmsghdr& header = *reinterpret_cast<const nlmsghdr*>(answer + at);
      if (header.nlmsg_len < sizeof(nlmsghdr) || at + header.nlmsg_len > static_cast<size_t>(got)) break;
      if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_len >= NLMSG_HDRLEN + sizeof(nlmsgerr)) {
        const nlmsgerr& error = *static_cast<const nlmsgerr*>(NLMSG_DATA(&header));
        acknowledged = true;
        if (failure == 0 && error.error != 0) {
          failure = -error.error;
          detail::copy_explanation(header, error, refusal);
        }
      }
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
  }
  return failure == 0 && !acknowledged ? EPROTO : failure;
}

}  // namespace minidock::linux
