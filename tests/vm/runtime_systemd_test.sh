#!/bin/bash
# Containers of --systemd-cgroup, on a host that systemd has booted.
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
in_guest MINIDOCK_SYSTEMD_GUEST 'systemd and pure cgroup v2' runtime_systemd_guest.sh "$@"
