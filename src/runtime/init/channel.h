// What init tells the monitor, or the OCI runtime's command (starter/conversation.h), over a SOCK_SEQPACKET pair that
// closes on exec:
//   Report{terminal} + SCM_RIGHTS the pty's master      (at most once)
//   Report{listener} + SCM_RIGHTS the notification descriptor of its filter
//   Report{cloned}                                      by the starter: number is init's pid
//   Report{sync}                                        number is the SyncPoint; then an answer is awaited
//   Report{created}                                     init waits at the gate
//   Report{failed, …}                                   then init exits
//   end of file: the command runs
#pragma once

#include <stdint.h>

namespace minidock::runtime::init {

enum class ReportKind : uint32_t { terminal = 1, failed = 2, cloned = 3, sync = 4, created = 5, listener = 6 };

struct Report {
  ReportKind kind;
  int32_t number;
  int32_t error_number;
  int32_t exit_code;
  char step[256];
  char detail[512];
};

int send_report(int socket, ReportKind kind, int number);  // 0 or errno
int send_descriptor(int socket, ReportKind kind, int fd);  // likewise
// The answer to a sync: `state` gets a readable memfd with the state's JSON, -1 if none came. 0, or errno; ECONNRESET
// when the coordinator has gone.
int receive_answer(int socket, int* state);
int send_answer(int socket, int state);  // the other end: a readable memfd or -1; 0 or errno
void send_failure(int socket, const Report& report);
// One report; `received_fd` gets the descriptor that came along, -1 if none. 1 report, 0 end of file, -1 errno.
int receive_report(int socket, Report* report, int* received_fd);

// One byte and perhaps a descriptor (-1: none): of the answer, and of what a monitor tells its guard.
int send_letter(int socket, char letter, int fd);       // 0 or errno
int receive_letter(int socket, char* letter, int* fd);  // 1 received, 0 end of file, -1 errno

}  // namespace minidock::runtime::init
