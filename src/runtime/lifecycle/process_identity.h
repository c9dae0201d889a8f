// A process that may have ended, and whose number another may have by now.
//
// A number alone names nobody: numbers are used again, and after a reboot soon. So a record holds the number, the
// instant at which the process began (field 22 of /proc/PID/stat, proc(5)) and the boot; nothing is ever sent to a
// number that was not compared with them first.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/time.h"

namespace minidock::runtime {

struct ProcessIdentity {
  int pid = 0;              // as this process's pid namespace counts; 0: no process
  uint64_t start_time = 0;  // clock ticks after boot
  std::string boot_id;
};

struct ProcessStat {
  char state = 'X';  // 'R', 'S', 'Z' …
  uint64_t start_time = 0;
  int parent = 0;
};
// Pure: the text of /proc/PID/stat; nullopt for any other text.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// race: a process that was just started may have failed, ended and been waited for by its reaper: then what is returned
// is no process's.
ProcessIdentity identify_process(int pid);

class LiveProcess {
 public:
  // nullopt: ended (a zombie has ended), or of another boot.
  static std::optional<LiveProcess> find(const ProcessIdentity& identity);

  int pid() const { return pid_; }
  // Its /proc/PID, which never shows another process (kernel: the descriptor refers to the process, not to the number).
  int proc() const { return proc_.get(); }
  int pidfd() const { return pidfd_.get(); }  // -1 on kernels without

  // Throws not_found when it has ended: "process already finished".
  void send(int signal) const;
  bool ended() const;
  bool wait(Nanoseconds patience) const;  // until it has ended; false after `patience`

 private:
  LiveProcess() = default;
  int pid_ = 0;
  uint64_t start_time_ = 0;
  Fd pidfd_, proc_;
};

}  // namespace minidock::runtime
