#include "cli/program.h"

int main(int argc, char** argv) {
  return minidock::cli::run_program(argc, argv);
}
