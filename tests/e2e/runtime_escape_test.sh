#!/bin/bash
# Roots and volumes that try to bring a mount, a node or a file of ours onto the host. Each is a flaw that a runtime
# has had; what must not be touched is $canary and the host's mounts. Races are run $rounds times.
. "$(dirname "$0")/../support/bundle.sh"

readonly rounds=${MINIDOCK_ROUNDS:-10}
readonly canary=$work/canary
readonly kWith='mounts = config["mounts"]'

# The host as it must stay: taken before, compared after.
host_state() {
  awk '{ print $5, $6 }' /proc/self/mountinfo | sort
  find "$canary" -printf '%p %i %m %U %s\n' | sort
}
make_canary() {
  rm -rf "$canary"
  mkdir -p "$canary/inner"
  echo canary >"$canary/file"
  before=$(host_state)
}
assert_untouched() { assert_eq "$(host_state)" "$before" "the host"; }

# raced A B BUNDLE: runs it $rounds times while the two names are exchanged. A start may be refused, never go wrong.
raced() {
  local swapper started=0 i
  "$support/swap" "$1" "$2" &
  swapper=$!
  for ((i = 0; i < rounds; i++)); do
    try rt run -b "$work/$3" "race$i" </dev/null
    [ "$rc" != 0 ] || started=$((started + 1))
    assert_untouched
    [ -z "${4-}" ] || "$4"
  done
  kill "$swapper"
  wait "$swapper" 2>/dev/null || true
  echo "$started of $rounds started"
}

# A volume of two containers: another one in it changes "d" between a directory and a link to the host.
shared_volume() {
  rm -rf "$work/volume"
  mkdir -p "$work/volume/d" "$work/volume/d/dir"
  ln -s "$canary" "$work/volume/link"
}

test_a_mount_point_swapped_for_a_link() { # runc CVE-2021-30465
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}, {"destination": "/v/d", "type": "tmpfs", "source": "t"}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_missing_mount_point_below_a_swapped_link() { # runc CVE-2024-45310
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}, {"destination": "/v/d/new/deep", "type": "tmpfs", "source": "t"}, {"destination": "/v/d/file", "source": "/etc/hostname", "options": ["bind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_device_below_a_swapped_link() {
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' 'linux.devices = [{"type": "c", "path": "/v/d/node", "major": 1, "minor": 3}]' \
    "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_masked_path_swapped_for_a_link() {
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' 'linux.maskedPaths = ["/v/d"]' 'linux.readonlyPaths = ["/v/d/dir"]' \
    "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_dev_is_a_link_to_the_host() { # runc CVE-2026-41579, crun CVE-2026-47766
  make_canary
  bundle b 'process.args = ["true"]'
  rm -rf "$work/b/rootfs/dev"
  ln -s "$canary" "$work/b/rootfs/dev"
  refused 1 '/dev must be mounted on ordinary directory' rt run -b "$work/b" box
  assert_untouched
  configure "$work/b" 'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  try rt run -b "$work/b" box
  assert_untouched
}

test_dev_is_swapped_for_a_link() {
  make_canary
  bundle b 'process.args = ["true"]' 'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  ln -s "$canary" "$work/b/rootfs/link"
  raced "$work/b/rootfs/dev" "$work/b/rootfs/link" b
}

test_proc_and_sys_are_links() { # CVE-2019-16884, -19921, CVE-2023-27561
  make_canary
  local name
  for name in proc sys; do
    bundle b 'process.args = ["true"]'
    rm -rf "${work:?}/b/rootfs/$name"
    mkdir "$work/b/rootfs/elsewhere"
    ln -s elsewhere "$work/b/rootfs/$name"
    refused 1 "/$name must be mounted on ordinary directory" rt run -b "$work/b" box
  done
  assert_untouched
}

test_another_null_device_covers_nothing() { # runc CVE-2025-31133
  make_canary
  local none='mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  bundle b 'process.args = ["stat", "-c", "%t:%T", "/proc/keys"]' "$none" 'linux.maskedPaths = ["/proc/keys"]'
  mkdir -p "$work/b/rootfs/dev"
  rm -f "$work/b/rootfs/dev/null"
  ln -s /proc/sysrq-trigger "$work/b/rootfs/dev/null"
  refused 1 'null is there already and is another file' rt run -b "$work/b" box
  rm "$work/b/rootfs/dev/null"
  mknod "$work/b/rootfs/dev/null" c 1 3
  mknod "$work/b/rootfs/dev/other" c 1 5
  assert_is_null() { [ "$rc" != 0 ] || assert_eq "$out" 1:3 "the cover"; }
  raced "$work/b/rootfs/dev/null" "$work/b/rootfs/dev/other" b assert_is_null
}

test_the_console_is_a_terminal_of_our_own() { # runc CVE-2025-52565
  make_canary
  bundle b 'process.args = ["sh", "-c", "stat -c %t: /dev/console; cat /proc/sys/kernel/core_pattern; exit 4"]' 'process.terminal = True'
  mkdir -p "$work/b/rootfs/dev/pts"
  ln -s /proc/sys/kernel/core_pattern "$work/b/rootfs/dev/pts/0"
  ln -s /proc/sys/kernel/core_pattern "$work/b/rootfs/dev/console"
  on_terminal 'expect 88:' "$runtime" --root "$states" run -b "$work/b" box
  assert_rc 4
  configure "$work/b" 'mounts = [m for m in config["mounts"] if m["destination"] != "/dev"]'
  try "$support/terminal" --script 'expect a' -- "$runtime" --root "$states" run -b "$work/b" box
  assert_no_match "$out" '88:'
  assert_untouched
}

run_tests
