#include "monitor/helper/clients.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include <new>

namespace minidock::monitor {

namespace {
constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kPatience = 10'000 * kMillisecond;

bool has_room(const Client& client) {
  return client.queued - client.sent + kFrameBytes <= sizeof client.queue;
}

void append(Client& client, const char* data, uint32_t size) {
  if (client.sent > 0) {
    memmove(client.queue, client.queue + client.sent, client.queued - client.sent);
    client.queued -= client.sent;
    client.sent = 0;
  }
  memcpy(client.queue + client.queued, data, size);
  client.queued += size;
}
}  // namespace

int64_t monotonic_clock() {
  timespec time = {};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

int Clients::add(Fd fd, bool launcher) {
  for (int i = 0; i < kMost; ++i) {
    if (clients_[i] != nullptr) continue;
    // Memory of its own, given back when it goes; its queue costs nothing until a client is slow.
    void* memory = mmap(nullptr, sizeof(Client), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -1;
    clients_[i] = new (memory) Client;
    clients_[i]->fd = static_cast<Fd&&>(fd);
    clients_[i]->launcher = launcher;
    return i;
  }
  return -1;
}

void Clients::drop(int index) {
  Client* const client = clients_[index];
  clients_[index] = nullptr;
  if (client == nullptr) return;
  client->~Client();
  munmap(client, sizeof(Client));
}

void Clients::forget_all() {
  for (Client*& client : clients_) client = nullptr;
}

bool Clients::have_room() const {
  for (const Client* client : clients_) {
    if (client != nullptr && !has_room(*client)) return false;
  }
  return true;
}

void Clients::broadcast(const char* frame, uint32_t size) {
  for (int i = 0; i < kMost; ++i) {
    Client* const client = clients_[i];
    if (client == nullptr) continue;
    // Straight from the frame where nothing waits before it.
    uint32_t sent = 0;
    if (!client->waits()) {
      const ssize_t direct = ::send(client->fd.get(), frame, size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (direct > 0) sent = static_cast<uint32_t>(direct);
    }
    if (sent == size) continue;
    append(*client, frame + sent, size - sent);
    flush(i);
  }
}

void Clients::send(int index, FrameKind kind, const void* payload, uint32_t size) {
  Client* const client = clients_[index];
  if (client == nullptr) return;
  char header[kFrameHeader];
  put_frame_header(header, kind, size);
  append(*client, header, sizeof header);
  append(*client, static_cast<const char*>(payload), size);
  flush(index);
}

void Clients::flush(int index) {
  Client* const client = clients_[index];
  while (client != nullptr && client->waits()) {
    const ssize_t sent = ::send(client->fd.get(), client->queue + client->sent, client->queued - client->sent,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      if (client->stalled == 0) client->stalled = monotonic_clock();
      return;
    }
    if (sent < 0) {
      // Its end is seen, with all that follows from it, where the monitor reads: here nothing more can be sent.
      client->sent = client->queued = 0;
      shutdown(client->fd.get(), SHUT_RDWR);
      return;
    }
    client->sent += static_cast<uint32_t>(sent);
    client->stalled = 0;
  }
}

int Clients::patience() const {
  int64_t soonest = -1;
  for (const Client* client : clients_) {
    if (client == nullptr || client->launcher || client->stalled == 0) continue;
    const int64_t left = client->stalled + kPatience - monotonic_clock();
    if (soonest < 0 || left < soonest) soonest = left < 0 ? 0 : left;
  }
  return soonest < 0 ? -1 : static_cast<int>(soonest / kMillisecond) + 1;
}

void Clients::drop_late() {
  const int64_t now = monotonic_clock();
  for (int i = 0; i < kMost; ++i) {
    const Client* const client = clients_[i];
    if (client != nullptr && !client->launcher && client->stalled != 0 && now - client->stalled >= kPatience) drop(i);
  }
}

void Clients::flush_all() {
  for (;;) {
    pollfd fds[kMost];
    int count = 0;
    for (int i = 0; i < kMost; ++i) {
      flush(i);
      if (clients_[i] != nullptr && clients_[i]->waits()) fds[count++] = {clients_[i]->fd.get(), POLLOUT, 0};
    }
    if (count == 0) return;
    poll(fds, static_cast<nfds_t>(count), patience());
    drop_late();
  }
}

}  // namespace minidock::monitor
