// Frames: what passes between a client and the monitor. The client that launches the container has a SOCK_STREAM
// pair with the monitor; others connect to the socket "attach" in the container's run directory.
//
//   frame := u8 kind | 3 zero bytes | u32 length, big-endian | payload      (docker's attach framing)
//
// To the monitor: input, close_input, resize {u16 rows, u16 columns}, detach (going, but input stays open), take_over;
// placed, before all others, where it waits to be put into its own unit (kWaitsForPlace).
// From the monitor: started {StartedPayload}, failed {init::Report}, output, error_output, exited {ExitedPayload}.
// Payload structs are in host order: both ends run on one machine. A kind or number is never used for another meaning
// again: a client may be newer or older than the monitor it speaks to.
#pragma once

#include <stdint.h>

namespace minidock::monitor {

enum class FrameKind : uint8_t {
  input = 0,
  output = 1,
  error_output = 2,
  exited = 3,
  resize = 4,
  close_input = 5,
  started = 6,
  failed = 7,
  take_over = 8,
  detach = 9,
  placed = 10,
};

constexpr uint32_t kFrameHeader = 8;
constexpr uint32_t kMaxPayload = 65536;

inline void put_frame_header(char* out, FrameKind kind, uint32_t length) {
  out[0] = static_cast<char>(kind);
  out[1] = out[2] = out[3] = 0;
  for (int i = 0; i < 4; ++i) out[4 + i] = static_cast<char>(length >> (24 - 8 * i));
}

inline uint32_t frame_length(const char* header) {
  uint32_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(header[4 + i]);
  return length;
}

struct StartedPayload {
  int32_t pid;
  int32_t monitor_pid;
  uint64_t start_time;
  int64_t started;  // ns since 1970
};

struct ExitedPayload {
  int32_t code;
  int32_t oom_killed;
  uint64_t memory_limit, memory_peak;  // bytes, 0: unknown or none
  int64_t finished;
};

// Descriptors that the helper inherits, at these numbers.
constexpr int kLaunchFd = 3;   // memfd: the launch record, then the plan
constexpr int kSocketFd = 4;   // to the CLI
constexpr int kLockFd = 5;     // the container's lock
constexpr int kProgramFd = 6;  // O_PATH of the CLI's executable, for the cleanup command
constexpr int kHeldFd = 7;     // what is to stay open as long as the container is up; nobody reads it
constexpr int kRelayFd = 8;    // a socket with a message, whose descriptors are the sockets of kRelays, in their order

// Where what comes for ::1 at a published port goes; see helper/relay.h.
struct RelayTarget {
  uint8_t is_udp, is_v6;
  uint16_t port;        // the container's, in the host's byte order
  uint8_t address[16];  // likewise; in network order, IPv4 in the first four
};
constexpr int kMostRelays = 253;  // kernel: as many descriptors go with one message (SCM_MAX_FD)

// Where the resolver answers in the container's network namespace: 127.0.0.11, and not at the port that everybody asks,
// which may be the container's own. Rules lead from there (engine/network_names.h). It lies above the kernel's range of
// ports for whoever names none (ip-sysctl.rst, ip_local_port_range).
constexpr uint32_t kResolverAddress = 0x7f00000b;
constexpr uint16_t kResolverPort = 61053;

// Below RUN: the names of networks, and a file for each container, of what the resolver answers from (helper/names.h);
// its words, and its size at most.
constexpr const char kNamesDirectory[] = "networks";
constexpr const char kNameLists[] = "networks/.containers";
constexpr const char kServerWord[] = "nameserver";
constexpr const char kNetworkWord[] = "network";
constexpr unsigned kMostNamesText = 32768;
constexpr const char kMembersKey[] = ".members";  // no name of anybody: what a container's names are links of
constexpr uint16_t kNamePort = 53;

// The name, in the run directory, of the socket that clients connect to.
constexpr const char kAttachName[] = "attach";

// The cgroup of guard and monitor in the container's systemd scope, on pure cgroup v2. It lies beside the container's,
// since a cgroup that hands controllers down takes no process itself (cgroup-v2.rst "No Internal Process Constraint").
constexpr const char kMonitorCgroup[] = "monitor";

// A file in the run directory that has the attributes of its events in place of the launch record's: it was renamed.
constexpr const char kAttributesName[] = "attributes";

// The launch record's arguments (Op::none): see launch.cc. Without a run directory the monitor serves a further process
// in a container: no guard, no socket, no records. The words of the cleanup command begin at kCleanupFirst, those of
// the health check follow them.
enum LaunchText : uint32_t {
  kRunDirectory,
  kExitPath,
  kLogPath,
  kBootId,
  kStoppedPath,
  kPolicyMark,
  kEventLog,
  kEventId,
  kEventAttributes,
  kLogExtra,    // see Log; binary
  kOwnCgroup,   // that guard and monitor enter before anything else; "" for none
  kRelays,      // RelayTarget[]; binary
  kEndNetwork,  // messages to the kernel's packet filter when the container has ended; binary, "" for none
  kCleanupFirst
};
enum LaunchNumber : uint32_t {
  kDurableExit,
  kOpenStdin,
  kTerminal,
  kStdinOnce,
  kLogFormat,
  kLogSize,
  kLogFiles,
  kLogCompress,
  kRestartRule,
  kRestartMost,
  kRestartCount,
  kRestartDelay,
  kRunTimeout,  // ns
  kCleanupWords,
  kHealthWords,
  kHealthInterval,
  kHealthStartInterval,
  kHealthStartPeriod,
  kWaitsForPlace,
  kAnswersNames  // whether the container asks us; see helper/resolver.h
};

}  // namespace minidock::monitor
