#!/bin/bash
# The end-to-end tests of a container's life once more, on a host with pure cgroup v2 and on one that systemd has booted;
# or those that are named, tests/e2e/stop_test.sh.
. "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
images+=(debian)
ran=no
for guest in 'MINIDOCK_GUEST pure cgroup v2' 'MINIDOCK_SYSTEMD_GUEST systemd and pure cgroup v2'; do
  (in_guest "${guest%% *}" "${guest#* }" life_guest.sh "$@")
  case $? in
    0) ran=yes ;;
    77) ;;
    *) exit 1 ;;
  esac
  rm -rf "${work:?}"/*
done
[ $ran = yes ] || exit 77
