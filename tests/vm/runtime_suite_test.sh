#!/bin/bash
# The end-to-end tests of the OCI runtime once more, on a host with pure cgroup v2 and AppArmor.
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
in_guest MINIDOCK_GUEST 'pure cgroup v2 and AppArmor' runtime_suite_guest.sh
