#!/bin/bash
# The end-to-end tests of the OCI runtime once more, on a host with pure cgroup v2 and AppArmor; or those that are
# named, tests/e2e/runtime_exec_test.sh.
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
in_guest MINIDOCK_GUEST 'pure cgroup v2 and AppArmor' runtime_suite_guest.sh "$@"
