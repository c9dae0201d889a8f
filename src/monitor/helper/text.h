// Small texts without stdio.
#pragma once

#include <stdint.h>

namespace minidock::monitor {

// "2026-01-02T03:04:05.000000006Z" of the wall clock; returns its length (30). No NUL.
uint32_t format_now(char* out);

}  // namespace minidock::monitor
