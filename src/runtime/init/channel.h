// What init tells the monitor, over a SOCK_SEQPACKET pair that closes on exec:
//   Report{terminal} + SCM_RIGHTS the pty's master      (at most once)
//   Report{failed, …}                                   then init exits
//   end of file: the command runs
#pragma once

#include <stdint.h>

namespace minidock::runtime::init {

enum class ReportKind : uint32_t { terminal = 1, failed = 2 };

struct Report {
  ReportKind kind;
  int32_t error_number;
  int32_t exit_code;
  char step[256];
  char detail[512];
};

int send_terminal(int socket, int master);  // 0 or errno
void send_failure(int socket, const Report& report);
// One report; `received_fd` gets the descriptor that came along, -1 if none. 1 report, 0 end of file, -1 errno.
int receive_report(int socket, Report* report, int* received_fd);

}  // namespace minidock::runtime::init
