// Standard output of the verbs that print text: buffered, and checked once at the end, so that a full disk
// or a closed pipe is an error instead of silently short output. Container output does not go through here.
#pragma once

#include <string_view>

namespace minidock::cli {

void print(std::string_view text);
void print_line(std::string_view text);

// Hands the buffer to the kernel: before anything else writes to the same descriptor, and between lines that
// someone waits for. Throws: "cannot write standard output: No space left on device".
void flush_output();

}  // namespace minidock::cli
