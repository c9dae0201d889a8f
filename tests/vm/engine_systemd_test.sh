#!/bin/bash
# The engine's containers on a host that systemd has booted: a scope for each, which the session they were started from
# has no part in.
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
in_guest MINIDOCK_SYSTEMD_GUEST 'systemd and pure cgroup v2' engine_systemd_guest.sh "$@"
