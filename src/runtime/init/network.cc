// What the kernel's network code is asked for.
#include <errno.h>
#include <string.h>

#include "linux/netlink_exchange.h"
#include "runtime/init/channel.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

int ask_network(FixedText<512>& detail, const RecordView& step, pid_t init) {
  uint32_t size = 0;
  const char* messages = step.text(0, &size);
  const int64_t place = step.number(1);
  char filled[4096];
  if (place >= 0) {
    if (size > sizeof filled || static_cast<uint64_t>(place) + sizeof init > size) return EMSGSIZE;
    memcpy(filled, messages, size);
    memcpy(filled + place, &init, sizeof init);
    messages = filled;
  }
  const Fd socket = linux::open_netlink(static_cast<int>(step.number(0)));
  if (!socket) return errno;
  linux::NetlinkRefusal refusal;
  const int failure = linux::netlink_exchange(socket.get(), messages, size, refusal);
  if (failure != 0 && *refusal.text != 0) detail << refusal.text << ": " << strerrordesc_np(failure);
  return failure;
}

int await_host_step(const Context& context) {
  char letter = 0;
  int unused = -1;
  const int received = receive_letter(context.monitor_socket, &letter, &unused);
  // Without a word the monitor has gone, and takes us with it.
  if (received == 0) return ECONNRESET;
  return received < 0 ? errno : 0;
}

}  // namespace minidock::runtime::init
