// The monitor's clients: the command that launched the container, and those that attached later.
//
// Each has a queue of its own. While one of them has no room for another frame, nothing more is read from the
// container, which then waits as a writer to a full pipe does. The launching command may take as long as it likes; one
// that attached later is dropped when it has taken nothing for kPatience.
#pragma once

#include <stdint.h>

#include "base/fd.h"
#include "monitor/frame.h"

namespace minidock::monitor {

constexpr uint32_t kFrameBytes = kFrameHeader + kMaxPayload;

struct Client {
  Fd fd;
  bool launcher = false;
  bool gave_input = false;        // then its end is the end of the container's input, where that is asked for
  uint32_t queued = 0, sent = 0;  // bytes of queue
  int64_t stalled = 0;            // monotonic_clock() since when nothing could be sent; 0: not waiting
  uint32_t inbox_size = 0;
  char queue[4 * kFrameBytes];
  char inbox[kFrameBytes];

  bool waits() const { return sent < queued; }
};

class Clients {
 public:
  static constexpr int kMost = 8;

  // Its index; -1 when there are kMost already, or no memory. The launcher is the first.
  int add(Fd fd, bool launcher);
  void drop(int index);
  void forget_all();  // in another process, which does not have their memory
  Client* at(int index) const { return clients_[index]; }
  Client* launcher() const { return clients_[0] != nullptr && clients_[0]->launcher ? clients_[0] : nullptr; }

  // Every client has room for one more frame.
  bool have_room() const;
  // `frame` is a header and its payload. Only while have_room().
  void broadcast(const char* frame, uint32_t size);
  // To one. Only while it has room.
  void send(int index, FrameKind kind, const void* payload, uint32_t size);
  // Sends what is queued and can be sent.
  void flush(int index);
  // How long poll may sleep before a client is late: milliseconds, -1: for ever.
  int patience() const;
  void drop_late();
  // Waits until all that is queued has been sent or its client is late.
  void flush_all();

 private:
  Client* clients_[kMost] = {};
};

int64_t monotonic_clock();  // CLOCK_BOOTTIME, ns: for time-outs

}  // namespace minidock::monitor
