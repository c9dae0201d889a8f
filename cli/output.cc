#include "cli/output.h"

#include <cstdio>

#include "base/error.h"

namespace minidock::cli {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_line(std::string_view text) {
  print(text);
  std::fputc('\n', stdout);
}

void flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) throw_errno("cannot write standard output");
}

}  // namespace minidock::cli
