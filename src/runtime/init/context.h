// What init knows while it executes its steps. Situation of every function here: the cloned child, alone in its
// process, root in the namespaces made so far, running from the sealed memfd. No exceptions, no heap.
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "runtime/wire.h"

namespace minidock::runtime::init {

// A bounded text, always NUL-terminated; what does not fit is cut.
template <unsigned kSize>
class FixedText {
 public:
  const char* c_str() const { return data_; }
  unsigned size() const { return size_; }
  void clear() { data_[size_ = 0] = 0; }
  FixedText& operator<<(const char* text) {
    while (*text != 0 && size_ + 1 < kSize) data_[size_++] = *text++;
    data_[size_] = 0;
    return *this;
  }
  FixedText& operator<<(int64_t number) {
    char digits[24];
    int at = sizeof digits;
    digits[--at] = 0;
    uint64_t rest = number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    do digits[--at] = static_cast<char>('0' + rest % 10); while ((rest /= 10) != 0);
    if (number < 0) digits[--at] = '-';
    return *this << digits + at;
  }

 private:
  char data_[kSize] = {};
  unsigned size_ = 0;
};

constexpr int kMaxGroups = 1024;

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  gid_t groups[kMaxGroups] = {};
  int group_count = 0;
  FixedText<4096> home;
};

struct Context {
  // Given by the monitor. stdio: -1 where not given (then the container's own /dev/null).
  int monitor_socket = -1;
  int standard_input = -1, standard_output = -1, standard_error = -1;
  RecordView records;                  // the first record of the plan
  // Made by the steps.
  int slots[kMaxSlots];                // detached or attached mounts, -1: none
  int proc = -1;                       // the container's own procfs, opened before anything could cover it
  int devpts = -1, dev = -1;           // likewise
  int mask = -1;                       // one empty read-only tmpfs that covers every masked directory
  Identity identity;
  FixedText<4096> command;             // absolute path of argv[0], or argv[0] itself when it has a slash
  RecordView arguments, environment;
  FixedText<512> detail;               // of the failed step: better than its errno's text
  int exit_code = 125;                 // what the CLI returns when the step fails
};

// Executes one record of Stage::init: 0, or the errno of the failure (detail may say more).
int execute_step(Context& context, const RecordView& step);

// Runs all init steps and the command; reports a failure to the monitor. Never returns.
[[noreturn]] void run_init(Context& context);

}  // namespace minidock::runtime::init
