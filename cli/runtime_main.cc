// minidock-runtime: the OCI runtime as a program of its own, static and small, since an engine starts it for each step
// of a container's life (docs/decisions/0009).
#include "cli/descriptors.h"
#include "cli/runtime/dispatch.h"

int main(int argc, char** argv) {
  minidock::cli::ensure_standard_descriptors();
  return minidock::cli::run_runtime({argv + (argc > 0), argv + argc});
}
