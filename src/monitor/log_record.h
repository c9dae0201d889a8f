// A record of the log driver `local`: what the monitor appends and `logs` reads.
//
//   record := RecordHead | bytes | u32 size of the bytes once more
//
// The size at both ends lets a reader go backwards from the end. Binary safe: the bytes are as the container wrote
// them, a newline included. Numbers are in host order.
#pragma once

#include <stdint.h>

namespace minidock::monitor {

struct LogRecordHead {
  uint32_t size;    // of the bytes
  uint8_t stream;   // 1 stdout, 2 stderr
  uint8_t partial;  // 1: the line goes on in the next record of this stream
  uint16_t magic;   // kLogMagic
  int64_t time;     // ns since 1970
};
static_assert(sizeof(LogRecordHead) == 16);

constexpr uint16_t kLogMagic = 0x4d4c;
constexpr uint32_t kLogPart = 16384;  // most bytes of one record; longer lines come in parts

enum class LogFormat : int64_t { none = 0, json = 1, local = 2, journal = 3 };

// A log is PATH and, before it, PATH.1, PATH.2, … or PATH.N.gz in their place: the higher the number, the older.
struct LogSettings {
  LogFormat format = LogFormat::none;
  uint64_t max_size = 0;  // bytes of one file, 0: no bound
  int max_files = 1;      // the log and those before it
  bool compress = false;  // those before it
};

}  // namespace minidock::monitor
