# shellcheck shell=bash
# dockerd.sh - Debian's dockerd for the tests of one file. Sourced after peers.sh.
#
#   start_dockerd NAME OPTION...   waits until it answers; $work/NAME/docker is its client, $work/NAME/socket its API
#   stop_dockerds                  and nothing of them is left; also done when the file ends early
#
# All that one keeps is in $work/NAME, its data in memory: it syncs often, and nothing of it has to survive. No network but `none`: the sandbox has only its loopback.
dockerds=()

# The daemon starts a containerd of its own.
start_dockerd() {
  local at=$work/$1
  shift
  mkdir -p "$at/data"
  mount -t tmpfs -o mode=711 dockerd "$at/data" || fail "cannot mount the data of dockerd"
  printf '#!/bin/sh\nexec /usr/bin/docker -H "unix://%s/socket" "$@"\n' "$at" >"$at/docker"
  chmod +x "$at/docker"
  dockerd --data-root "$at/data" --exec-root "$at/exec" --pidfile "$at/pid" -H "unix://$at/socket" \
    --exec-opt native.cgroupdriver=cgroupfs --iptables=false --ip6tables=false --bridge none "$@" >"$at/log" 2>&1 &
  dockerds+=($!)
  wait_until 60 "$at/docker" version
}

stop_dockerds() {
  [ ${#dockerds[@]} -gt 0 ] || return 0
  kill "${dockerds[@]}"
  wait "${dockerds[@]}"
  dockerds=()
  umount "$work"/*/exec/netns/* 2>/dev/null  # the namespace that `--network none` shares
  local at
  for at in "$work"/*/data; do
    ! mountpoint -q "$at" || umount "$at" # a registry's is none
  done
  find /sys/fs/cgroup -depth -type d -name docker -exec rmdir {} \;
}
trap 'stop_dockerds; rm -rf --one-file-system "$work"' EXIT
