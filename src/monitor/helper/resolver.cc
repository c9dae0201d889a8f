#include "monitor/helper/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/syscalls.h"
#include "monitor/frame.h"
#include "monitor/helper/clients.h"
#include "runtime/fixed_text.h"
#include "runtime/init/steps.h"

namespace minidock::monitor {

namespace {

constexpr int64_t kServerPatience = 2'000'000'000;  // ns
constexpr int kQueriesAtOnce = 32;                  // and then the container's output has its turn
constexpr size_t kMostAnswer = 65535;

// 0 or an errno.
int open_socket(int type, Fd& out) {
  out = Fd(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!out) return errno;
  const int on = 1;
  if (setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return errno;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kResolverAddress);
  address.sin_port = htons(kResolverPort);
  if (bind(out.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  return type == SOCK_DGRAM || listen(out.get(), Resolver::kMostConnections) == 0 ? 0 : errno;
}

int open_sockets(pid_t pid, Fd& udp, Fd& tcp) {
  runtime::FixedText<64> path;
  path << "/proc/" << static_cast<int64_t>(pid) << "/ns/net";
  const Fd host(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const Fd container(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!host || !container) return errno;
  if (linux::enter_namespace(container.get(), CLONE_NEWNET) != 0) return errno;
  // race: init does so too. While lo is down 127.0.0.11 is not local, and a socket that is bound to it nevertheless
  // (IP_FREEBIND) sends from 127.0.0.1.
  int failure = runtime::init::loopback_up();
  if (failure == 0) failure = open_socket(SOCK_DGRAM, udp);
  if (failure == 0) failure = open_socket(SOCK_STREAM, tcp);
  // A monitor that cannot get back is of no use to anybody.
  if (linux::enter_namespace(host.get(), CLONE_NEWNET) != 0) _exit(125);
  return failure;
}

}  // namespace

int Resolver::open(pid_t pid) {
  return launch_.number(kAnswersNames) == 0 ? 0 : open_sockets(pid, udp_, tcp_);
}

void Resolver::forget() {
  udp_.release();
  tcp_.release();
  for (Forwarded& one : forwarded_) one.socket.release();
  connections_.forget();
}

void Resolver::fill(pollfd* entries) const {
  entries[0] = {udp_.get(), POLLIN, 0};
  entries[1] = {tcp_.get(), POLLIN, 0};
  for (int i = 0; i < kMostForwarded; ++i) entries[2 + i] = {forwarded_[i].socket.get(), POLLIN, 0};
}

int Resolver::patience() {
  const int64_t now = monotonic_clock();
  int64_t soonest = -1;
  for (Forwarded& one : forwarded_) {
    if (one.socket && one.deadline <= now) ask_next(one);
    if (one.socket && (soonest < 0 || one.deadline < soonest)) soonest = one.deadline;
  }
  return soonest < 0 ? -1 : soonest <= now ? 0 : static_cast<int>((soonest - now) / 1'000'000) + 1;
}

void Resolver::serve(const pollfd* entries) {
  for (int i = 0; i < kMostForwarded; ++i) {
    if (entries[2 + i].revents != 0 && entries[2 + i].fd == forwarded_[i].socket.get()) take_answer(forwarded_[i]);
  }
  for (int i = 0; entries[0].revents != 0 && i < kQueriesAtOnce; ++i) {
    uint8_t message[4096];
    sockaddr_in asker = {};
    socklen_t length = sizeof asker;
    const ssize_t got = recvfrom(udp_.get(), message, sizeof message, 0, reinterpret_cast<sockaddr*>(&asker), &length);
    if (got < 0) break;
    answer(message, static_cast<size_t>(got), asker);
  }
  if (entries[1].revents != 0) accept_connection();
}

void Resolver::refuse(const uint8_t* message, const DnsQuery& query, DnsCode code, const sockaddr_in& asker) {
  uint8_t out[kDnsPlainSize];
  const size_t size = DnsAnswer(out, sizeof out, message, query).finish(code);
  sendto(udp_.get(), out, size, 0, reinterpret_cast<const sockaddr*>(&asker), sizeof asker);
}

void Resolver::answer(const uint8_t* message, size_t size, const sockaddr_in& asker) {
  DnsQuery query;
  DnsCode code = DnsCode::ok;
  const DnsParse how = parse_dns_query(message, size, query, code);
  if (how == DnsParse::dropped) return;
  if (how == DnsParse::refused) return refuse(message, query, code, asker);
  uint8_t out[4096];
  size_t length = 0;
  if (!names_.answer(message, query, out, query.most < sizeof out ? query.most : sizeof out, length)) {
    return forward(message, size, query, asker);
  }
  sendto(udp_.get(), out, length, 0, reinterpret_cast<const sockaddr*>(&asker), sizeof asker);
}

void Resolver::forward(const uint8_t* message, size_t size, const DnsQuery& query, const sockaddr_in& asker) {
  sockaddr_storage server;
  // On internal networks alone there is nobody to ask.
  if (names_.find_server(0, server) == 0) return refuse(message, query, DnsCode::no_such_name, asker);
  for (Forwarded& one : forwarded_) {
    if (one.socket || size > sizeof one.query) continue;
    memcpy(one.query, message, size);
    one.size = static_cast<uint16_t>(size);
    one.asker = asker;
    one.id = query.id;
    one.server = -1;
    return ask_next(one);
  }
  refuse(message, query, DnsCode::failed, asker);
}

void Resolver::give_up(Forwarded& one) {
  one.socket.reset();
  DnsQuery query;
  DnsCode code;
  one.query[0] = static_cast<uint8_t>(one.id >> 8);
  one.query[1] = static_cast<uint8_t>(one.id & 0xff);
  if (parse_dns_query(one.query, one.size, query, code) == DnsParse::query) {
    refuse(one.query, query, DnsCode::failed, one.asker);
  }
}

// security: a port and an ID that nobody can foresee, anew for each server (RFC 5452).
void Resolver::ask_next(Forwarded& one) {
  for (;;) {
    one.socket.reset();
    sockaddr_storage server;
    const socklen_t length = names_.find_server(++one.server, server);
    if (length == 0) return give_up(one);
    one.socket = Fd(socket(server.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (getrandom(one.query, 2, 0) != 2 || !one.socket) continue;
    if (connect(one.socket.get(), reinterpret_cast<const sockaddr*>(&server), length) != 0) continue;
    if (send(one.socket.get(), one.query, one.size, 0) != one.size) continue;
    one.deadline = monotonic_clock() + kServerPatience;
    return;
  }
}

void Resolver::take_answer(Forwarded& one) {
  static uint8_t message[kMostAnswer];
  const ssize_t got = recv(one.socket.get(), message, sizeof message, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return ask_next(one);  // nobody is there
  const bool ours = got >= static_cast<ssize_t>(kDnsHeader) && memcmp(message, one.query, 2) == 0;
  if (!ours || (message[2] & 0x80) == 0) return;
  message[0] = static_cast<uint8_t>(one.id >> 8);
  message[1] = static_cast<uint8_t>(one.id & 0xff);
  sendto(udp_.get(), message, static_cast<size_t>(got), 0, reinterpret_cast<const sockaddr*>(&one.asker),
         sizeof one.asker);
  one.socket.reset();
}

void Resolver::accept_connection() {
  Fd connection(accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection || connections_.is_full()) return;
  const Names names = names_;  // the child has this stack, but not the memory that we share
  if (!connections_.fork_for(connection.get(), "minidock-dns")) return;
  serve_connection(kConnectionFd, names);
  _exit(0);
}

void Resolver::finish() {
  names_.remove();
  udp_.reset();
  tcp_.reset();
  for (Forwarded& one : forwarded_) one.socket.reset();
  connections_.finish();
}

}  // namespace minidock::monitor
