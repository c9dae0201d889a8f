// The command line's own program, which the monitor executes for all that needs the store.
#pragma once

#include <stdint.h>

#include "runtime/wire.h"

namespace minidock::monitor {

constexpr int kMostWords = 31;

// `count` texts of the launch record, of which kMostWords fit, and a null pointer after them.
void take_words(const runtime::RecordView& launch, uint32_t first, int64_t count, const char** argv);

// In the place of this process, with no signal blocked. Ends it with status 1 where that fails.
[[noreturn]] void execute_program(const char* const* argv);

}  // namespace minidock::monitor
