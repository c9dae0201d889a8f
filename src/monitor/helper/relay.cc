#include "monitor/helper/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace minidock::monitor {

namespace {

constexpr int kEventsAtOnce = 16;        // and then the container's output has its turn
constexpr int kConnectPatience = 10;     // s
constexpr uint32_t kFirstAsker = 65536;  // epoll's data: the target's number, or this and the asker's

socklen_t address_of(const RelayTarget& target, sockaddr_storage& out) {
  out = {};
  if (target.is_v6 != 0) {
    sockaddr_in6& v6 = reinterpret_cast<sockaddr_in6&>(out);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(target.port);
    memcpy(&v6.sin6_addr, target.address, sizeof v6.sin6_addr);
    return sizeof v6;
  }
  sockaddr_in& v4 = reinterpret_cast<sockaddr_in&>(out);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(target.port);
  memcpy(&v4.sin_addr, target.address, sizeof v4.sin_addr);
  return sizeof v4;
}

// security: a socket may be bound to every address; what comes for others is the rules' to lead, or nobody's.
bool is_loopback(const sockaddr_in6& address) {
  return address.sin6_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
}

bool watch(int events, int fd, uint32_t number) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u32 = number;
  return epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) == 0;
}

// One direction of a connection.
struct Way {
  int from, to;
  size_t size = 0, done = 0;  // of the bytes that have been read
  bool ended = false;         // and told so
  char bytes[32768];

  bool is_empty() const { return done == size; }
};

bool would_block() {
  return errno == EAGAIN || errno == EINTR;
}

// False: the connection is broken.
bool move(Way& way) {
  if (way.is_empty() && !way.ended) {
    const ssize_t got = read(way.from, way.bytes, sizeof way.bytes);
    if (got < 0) return would_block();
    way.size = static_cast<size_t>(got);
    way.done = 0;
    way.ended = got == 0;
    if (way.ended) return shutdown(way.to, SHUT_WR) == 0;
  }
  if (way.is_empty()) return true;
  const ssize_t put = send(way.to, way.bytes + way.done, way.size - way.done, MSG_NOSIGNAL);
  if (put < 0) return would_block();
  way.done += static_cast<size_t>(put);
  return true;
}

short wanted(const Way& reads, const Way& writes) {
  const int in = reads.is_empty() && !reads.ended ? POLLIN : 0;
  return static_cast<short>(in | (writes.is_empty() ? 0 : POLLOUT));
}

void pass_both_ways(int one, int other) {
  static Way there, back;
  there.from = back.to = one;
  there.to = back.from = other;
  while (!there.ended || !back.ended || !there.is_empty() || !back.is_empty()) {
    pollfd fds[] = {{one, wanted(there, back), 0}, {other, wanted(back, there), 0}};
    // Of a side that is through in both directions nothing is waited for, not even its end.
    for (pollfd& fd : fds) {
      if (fd.events == 0) fd.fd = -1;
    }
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (!move(there) || !move(back)) return;
  }
}

[[noreturn]] void serve_connection(int client, const RelayTarget& target) {
  sockaddr_storage address;
  const socklen_t length = address_of(target, address);
  const Fd container(socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience = {kConnectPatience, 0};
  setsockopt(container.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (!container || connect(container.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    // As a port that nobody listens at: reset, and not closed as if all had been said.
    const linger at_once = {1, 0};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    _exit(0);
  }
  fcntl(client, F_SETFL, O_NONBLOCK);
  fcntl(container.get(), F_SETFL, O_NONBLOCK);
  pass_both_ways(client, container.get());
  _exit(0);
}

}  // namespace

RelayTarget Relay::target(int number) const {
  RelayTarget out;  // the record aligns nothing
  memcpy(&out, launch_.text(kRelays) + static_cast<size_t>(number) * sizeof out, sizeof out);
  return out;
}

// kernel: looking at a message (MSG_PEEK) gives copies of its descriptors.
void Relay::receive() {
  uint32_t size = 0;
  launch_.text(kRelays, &size);
  if (size == 0) return;
  char byte;
  iovec part = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof listeners_)];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(kRelayFd, &message, MSG_PEEK | MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1) return;
  const cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return;
  const size_t bytes = rights->cmsg_len - CMSG_LEN(0);
  memcpy(listeners_, CMSG_DATA(rights), bytes);
  count_ = static_cast<int>(bytes / sizeof(int));
}

int Relay::open() {
  receive();
  if (count_ == 0) return 0;
  events_ = Fd(epoll_create1(EPOLL_CLOEXEC));
  if (!events_) return errno;
  for (int i = 0; i < count_; ++i) {
    if (!watch(events_.get(), listeners_[i], static_cast<uint32_t>(i))) return errno;
  }
  return 0;
}

void Relay::forget() {
  count_ = 0;
  events_.release();
  for (Asker& asker : askers_) asker.socket.release();
  connections_.forget();
}

void Relay::serve() {
  epoll_event events[kEventsAtOnce];
  const int count = epoll_wait(events_.get(), events, kEventsAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    const uint32_t number = events[i].data.u32;
    if (number >= kFirstAsker) {
      pass_answer(askers_[number - kFirstAsker]);
    } else if (target(static_cast<int>(number)).is_udp != 0) {
      pass_question(static_cast<int>(number));
    } else {
      accept_connection(static_cast<int>(number));
    }
  }
}

void Relay::accept_connection(int number) {
  sockaddr_in6 from = {};
  socklen_t length = sizeof from;
  const Fd client(accept4(listeners_[number], reinterpret_cast<sockaddr*>(&from), &length, SOCK_CLOEXEC));
  if (!client || connections_.is_full() || !is_loopback(from)) return;
  const RelayTarget to = target(number);  // the child has this stack, but not the memory that we share
  if (connections_.fork_for(client.get(), "minidock-relay")) serve_connection(kConnectionFd, to);
}

Relay::Asker* Relay::asker_of(const sockaddr_in6& address, int number) {
  Asker* oldest = &askers_[0];
  for (Asker& asker : askers_) {
    if (asker.socket && asker.target == number && asker.address.sin6_port == address.sin6_port) return &asker;
    if (!asker.socket || (oldest->socket && asker.last < oldest->last)) oldest = &asker;
  }
  sockaddr_storage container;
  const socklen_t length = address_of(target(number), container);
  oldest->socket = Fd(socket(container.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  oldest->address = address;
  oldest->target = number;
  const uint32_t place = kFirstAsker + static_cast<uint32_t>(oldest - askers_);
  if (oldest->socket && connect(oldest->socket.get(), reinterpret_cast<sockaddr*>(&container), length) == 0 &&
      watch(events_.get(), oldest->socket.get(), place)) {
    return oldest;
  }
  oldest->socket.reset();
  return nullptr;
}

void Relay::pass_question(int number) {
  static char bytes[65536];
  sockaddr_in6 from = {};
  socklen_t length = sizeof from;
  const ssize_t got =
      recvfrom(listeners_[number], bytes, sizeof bytes, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &length);
  if (got < 0 || !is_loopback(from)) return;
  Asker* const asker = asker_of(from, number);
  if (asker == nullptr) return;
  asker->last = ++passed_;
  (void)!send(asker->socket.get(), bytes, static_cast<size_t>(got), MSG_NOSIGNAL);
}

void Relay::pass_answer(Asker& asker) {
  static char bytes[65536];
  const ssize_t got = recv(asker.socket.get(), bytes, sizeof bytes, 0);
  if (got < 0 && !would_block()) asker.socket.reset();  // nobody is there
  if (got < 0) return;
  asker.last = ++passed_;
  sendto(listeners_[asker.target], bytes, static_cast<size_t>(got), MSG_DONTWAIT | MSG_NOSIGNAL,
         reinterpret_cast<const sockaddr*>(&asker.address), sizeof asker.address);
}

void Relay::finish() {
  events_.reset();
  for (Asker& asker : askers_) asker.socket.reset();
  for (; count_ > 0; --count_) close(listeners_[count_ - 1]);
  connections_.finish();
}

}  // namespace minidock::monitor
