// default_filter FILE: the engine's default system call filter for docker's default capabilities, as the bytes that
// seccomp(2) takes.
#include <fcntl.h>

#include <cstdio>

#include "base/error.h"
#include "base/file.h"
#include "linux/capabilities.h"
#include "linux/seccomp.h"

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  namespace kernel = minidock::linux;
  const auto profile = kernel::default_seccomp_profile(kernel::default_capabilities());
  minidock::write_file(AT_FDCWD, argv[1], kernel::compile_seccomp(profile), 0644);
  return 0;
} catch (const minidock::Error& error) {
  fprintf(stderr, "default_filter: %s\n", error.what());
  return 1;
}
