// Lines to systemd's journal, by its native protocol: a datagram an entry, a field a line, and what may hold a newline
// by its length. Source: systemd's JOURNAL_NATIVE_PROTOCOL.md; the fields are docker's.
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "linux/journal_socket.h"
#include "monitor/helper/clients.h"
#include "monitor/helper/log.h"
#include "monitor/helper/monitor.h"
#include "monitor/helper/text.h"
#include "runtime/fixed_text.h"

namespace minidock::monitor {

namespace {
// How long one line may wait for a journal that is behind. After one that waited in vain none waits, until one goes
// through again: a journal that hangs costs the container this much, once.
constexpr int kPatience = 200;  // milliseconds
constexpr int kSendBuffer = 8 << 20;

iovec part(const void* data, size_t size) {
  return {const_cast<void*>(data), size};
}
}  // namespace

bool Log::try_send(const iovec* parts, int count) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  static_assert(sizeof linux::kJournalSocket <= sizeof address.sun_path);
  memcpy(address.sun_path, linux::kJournalSocket, sizeof linux::kJournalSocket);
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = sizeof address;
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<size_t>(count);
  ssize_t sent;
  do sent = sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

void Log::send(const iovec* parts, int count, uint32_t size) {
  if (!fd_) {
    fd_ = Fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (fd_) setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBuffer, sizeof kSendBuffer);
  }
  const int64_t deadline = monotonic_clock() + int64_t{kPatience} * 1'000'000;
  for (;;) {
    if (fd_ && try_send(parts, count)) {
      stuck_ = false;
      return;
    }
    // The address is looked up anew each time: a journal that was gone is found again.
    const bool behind = fd_ && errno == EAGAIN;
    if (!behind || stuck_ || monotonic_clock() >= deadline) {
      stuck_ = stuck_ || behind;
      lost_ += size;
      return;
    }
    // kernel: a socket that is not connected always looks writable, so this is a pause.
    poll(nullptr, 0, 1);
  }
}

void Log::emit_journal(bool error_stream, const char* data, uint32_t size) {
  Partial& partial = partial_[error_stream ? 1 : 0];
  const bool line_end = data[size - 1] == '\n';
  const bool last = line_end || finishing_;
  runtime::FixedText<512> fields;
  fields << "PRIORITY=" << (error_stream ? "3" : "6") << "\nSYSLOG_TIMESTAMP=";
  char now[32];
  now[format_now(now)] = 0;
  fields << now << "\n";
  if (!last && partial.ordinal == 0) partial.id = wall_clock();
  if (!last || partial.ordinal > 0) {
    fields << "CONTAINER_PARTIAL_ID=" << partial.id << (error_stream ? "2" : "1")
           << "\nCONTAINER_PARTIAL_ORDINAL=" << int64_t{++partial.ordinal}
           << "\nCONTAINER_PARTIAL_LAST=" << (last ? "true\n" : "false\nCONTAINER_PARTIAL_MESSAGE=true\n");
  }
  if (last) partial.ordinal = 0;
  if (line_end) --size;
  const uint64_t length = htole64(size);
  const iovec parts[] = {part(extra_.data, extra_.size),
                         part(fields.c_str(), fields.size()),
                         part("MESSAGE\n", 8),
                         part(&length, sizeof length),
                         part(data, size),
                         part("\n", 1)};
  send(parts, 6, size);
}

}  // namespace minidock::monitor
