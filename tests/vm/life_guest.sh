#!/bin/bash
# Runs in the guest: the end-to-end tests of a container's life, or those named. On a host that systemd has booted they
# run as they are, for a sandbox would hide systemd, and the guest is one; elsewhere in a sandbox, as ctest runs them.
set -u
. "$(dirname "$0")/suite.sh"
# An emulated processor is slow to end what a test leaves.
export SANDBOX_GRACE=${SANDBOX_GRACE:-20}
sandbox=(tests/support/sandbox)
[ ! -d /run/systemd/system ] || sandbox=()

[ $# -gt 0 ] || set -- tests/e2e/{health,exec,restart,stats,update,pause,stop,top,why,boot,cp,commit,export}_test.sh \
  tests/fault/limits_test.sh
for file in "$@"; do run_file "$file" "${sandbox[@]}"; done
finish_suite
