# shellcheck shell=bash
# e2e.sh - what the end-to-end tests share. A test file is a bash program run by tests/support/sandbox:
#
#   . "$(dirname "$0")/../support/e2e.sh"
#   test_echo() {
#     image busybox
#     try minidock run --rm busybox echo hello
#     assert_rc 0
#     assert_eq "$out" hello
#   }
#   run_tests
#
# Every function named test_* is one test and runs in a subshell with `set -e`. They share one store, private to the
# file: MINIDOCK_ROOT and MINIDOCK_RUN_ROOT lie in $work, a directory on a real disk. After each test the containers
# it left are removed; after the last one `minidock system check` must find nothing. On a failure $work is kept.
#
# From the environment, set by ctest: MINIDOCK_BINARY, MINIDOCK_BUILD_DIR (the images' archives are in it).
set -uo pipefail

readonly kSkip=77
support=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$support/../.." && pwd)
: "${MINIDOCK_BUILD_DIR:=$top/build-test}"
: "${MINIDOCK_BINARY:=$MINIDOCK_BUILD_DIR/minidock}"
export MINIDOCK_BINARY MINIDOCK_BUILD_DIR
# Networks are what tests/e2e/network_*_test.sh are about; all others do without.
export MINIDOCK_NETWORK=none

# --- skipping -----------------------------------------------------------------------------------------------------

# requires WHAT...: the test is skipped, with the reason, where one is missing; but what tests/support/must names
# fails instead, so that a whole suite cannot pass by skipping. MINIDOCK_MUST=no turns that off.
requires() {
  local what reason
  for what in "$@"; do
    reason=$(missing "$what") || continue
    if [ "${MINIDOCK_MUST:-yes}" != no ] && grep -qx "$what" "$support/must"; then
      fail "must not be skipped: $reason"
    fi
    echo "skipped: $reason" >&2
    exit $kSkip
  done
}

# Prints why WHAT is not to be had here; fails where it is.
missing() {
  case $1 in
    root) [ "$(id -u)" != 0 ] && echo "needs root" ;;
    overlay) ! grep -qw overlay /proc/filesystems && echo "the kernel has no overlayfs" ;;
    cgroup-*) ! has_controller "${1#cgroup-}" && echo "no cgroup controller ${1#cgroup-} here" ;;
    cgroup1) [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] && echo "pure cgroup v2 here" ;;
    cgroup2) [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ] && echo "cgroup v1 here" ;;
    image-*) [ ! -s "$MINIDOCK_BUILD_DIR/fixtures/${1#image-}.tar" ] && echo "the image ${1#image-} could not be made" ;;
    mount-api) [[ ,${MINIDOCK_WITHOUT-}, == *,open_tree,* ]] &&
      echo "without the mount API a user namespace and idmapped mounts get nothing of the host" ;;
    loop) ! { [ -e /dev/loop-control ] && losetup -f >/dev/null 2>&1; } && echo "no loop devices here" ;;
    ipv6) [ ! -e /proc/sys/net/ipv6 ] && echo "the kernel has no IPv6, or it is switched off" ;;
    apparmor) ! grep -qs Y /sys/module/apparmor/parameters/enabled && echo "AppArmor is not active" ;;
    memory-*) [ "$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)" -lt "${1#memory-}" ] &&
      echo "less than ${1#memory-} MiB of memory free" ;;
    peers) [ ! -e "$MINIDOCK_BUILD_DIR/fixtures/peers/done" ] && echo "the other engines could not be brought in" ;;
    *) ! command -v "$1" >/dev/null && echo "no program $1 here" ;;
  esac
}

has_controller() {
  awk -v c="$1" '$3 == "cgroup" && "," $4 "," ~ "," c "," { found = 1 } END { exit !found }' /proc/self/mounts ||
    grep -qsw "$1" "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/cgroup.controllers"
}

# --- running the program ------------------------------------------------------------------------------------------

# In the background call "$MINIDOCK_BINARY" itself: $! would be the function's subshell, and signals would end that.
minidock() { "$MINIDOCK_BINARY" "$@"; }

# try COMMAND...: runs it whatever happens and sets $rc, $out (standard output) and $err, without the last newlines.
# A process costs as much as most of what is tested: this makes none of its own. $(<FILE) leaves NUL bytes out and
# tells of them.
try() {
  rc=0
  "$@" >"$work/.out" 2>"$work/.err" || rc=$?
  { out=$(<"$work/.out") err=$(<"$work/.err"); } 2>/dev/null
}

# on_terminal SCRIPT COMMAND...: the same on a terminal of its own, driven by SCRIPT: see tests/support/terminal.
# $out is all that the terminal showed.
on_terminal() {
  local script=$1
  shift
  try "$support/terminal" --script "$script" -- "$@"
}

# --- images -------------------------------------------------------------------------------------------------------

# fixture NAME: the path of an image's archive; tests/support/make_images makes them before any test.
fixture() {
  local file=$MINIDOCK_BUILD_DIR/fixtures/$1.tar
  [ -s "$file" ] || fail "there is no $file: run tests/support/make_images"
  echo "$file"
}

# image NAME: the fixture NAME is in the store under its own name.
image() {
  local file
  requires "image-$1"
  minidock inspect "$1:latest" >/dev/null 2>&1 && return
  file=$(fixture "$1")
  minidock import -q "$file" "$1:latest" >/dev/null || fail "cannot import $file"
}

# --- saying what should be ----------------------------------------------------------------------------------------

fail() {
  echo "  ${BASH_SOURCE[-1]##*/}:$(line_in_test): $*" >&2
  [ -z "${rc+x}" ] || printf '  rc: %s\n  out: %s\n  err: %s\n' "$rc" "${out-}" "${err-}" | head -c 4000 >&2
  exit 1
}
line_in_test() {
  local i
  for i in "${!FUNCNAME[@]}"; do
    [[ ${FUNCNAME[$i]} != test_* ]] || { echo "${BASH_LINENO[$((i - 1))]}"; return; }
  done
  echo "?"
}

assert_rc() { [ "$rc" = "$1" ] || fail "status is $rc, not $1"; }
assert_eq() { [ "$1" = "$2" ] || fail "${3:-it} is '$1', not '$2'"; }
assert_ne() { [ "$1" != "$2" ] || fail "${3:-it} is '$2'"; }
assert_match() { [[ $1 =~ $2 ]] || fail "'$1' does not match '$2'"; }
assert_no_match() { [[ ! $1 =~ $2 ]] || fail "'$1' matches '$2'"; }
assert_contains() { [[ $1 == *"$2"* ]] || fail "'$1' does not contain '$2'"; }
assert_empty() { [ -z "$1" ] || fail "${2:-it} is '$1', not empty"; }
assert_file() { [ -e "$1" ] || fail "there is no $1"; }
assert_no_file() { [ ! -e "$1" ] || fail "there is a $1"; }
assert_le() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' || fail "${3:-it} is $1, over $2"; }
# refused RC REGEX COMMAND...: it fails with RC, prints nothing on standard output and one line that matches.
refused() {
  local status=$1 pattern=$2
  shift 2
  try "$@"
  assert_rc "$status"
  assert_empty "$out" "standard output"
  assert_match "$err" "$pattern"
}

# wait_until SECONDS COMMAND...: polls; for what happens in another process. Never sleep and hope. COMMAND's words are
# expanded once, before the first try: a condition with $(...) in it is a function. MINIDOCK_PATIENCE multiplies SECONDS on
# a slow machine.
wait_until() {
  local deadline=$((${EPOCHREALTIME/./} + $1 * ${MINIDOCK_PATIENCE:-1} * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/./}" -lt "$deadline" ] || fail "never came true: $*"
    pause 0.02
  done
}
# pause SECONDS: as sleep, without a process: nobody ever writes to that fifo.
pause() { read -rt "$1" <>"$work/.nothing" || true; }
has_logged() { [ -n "$(minidock logs "$1" 2>&1)" ]; }
no_containers() { [ -z "$(minidock ps -aq)" ]; }
is_making_something() { [ -n "$(ls "$MINIDOCK_ROOT/tmp")" ]; }
is_running() { [ "$(minidock inspect -f '{{.State.Status}}' "$1")" = running ]; }
is_exited() { [ "$(minidock inspect -f '{{.State.Status}}' "$1")" = exited ]; }
container_pid() { minidock inspect -f '{{.State.Pid}}' "$1"; }
monitor_of() { sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$(minidock inspect -f '{{.Id}}' "$1")/state"; }

# The cgroup directory of container ID for a controller, v1 or v2; on a host that systemd has booted it is in a scope.
container_cgroup() {
  local id=$1 controller=$2 at found
  at=$(awk -v c="$controller" '$3 == "cgroup" && "," $4 "," ~ "," c "," { print $2; exit }' /proc/self/mounts)
  [ -n "$at" ] || at=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  found=$(find "$at" "$at/minidock.slice" -mindepth 1 -maxdepth 1 -type d -name "minidock-$id*" -print -quit 2>/dev/null)
  [[ $found != *.scope ]] || found+=/container
  echo "$found"
}

# What the host has mounted, of a minidock of its own, too, is seen in the sandbox: told by the IDs of the mounts.
mounts_before=" $(cut -d' ' -f1 /proc/self/mountinfo | tr '\n' ' ')"

# Whatever of ours is on the host beyond the store: mounts, cgroups, processes. Empty when all is clean.
leftovers() {
  # The erofs driver keeps an image mounted as long as there is the image; /usr and /etc are peers.sh's.
  awk -v images="$MINIDOCK_RUN_ROOT/images/" -v before="$mounts_before" 'index(before, " " $1 " ") { next }
    ($5 ~ /minidock/ && index($5, images) != 1) || $0 ~ /lowerdir=/ && $5 !~ "^/(usr|etc)$" { print "mount", $5 }' \
    /proc/self/mountinfo
  find /sys/fs/cgroup -mindepth 2 -type d -name 'minidock-*' -printf 'cgroup %p\n'
  find "$MINIDOCK_RUN_ROOT/containers" "$MINIDOCK_ROOT/containers" "$MINIDOCK_ROOT/tmp" -mindepth 1 -maxdepth 1 \
    -printf 'file %p\n' 2>/dev/null
}
assert_no_leftovers() {
  local deadline=$((SECONDS + ${1:-5})) left
  while left=$(leftovers); [ -n "$left" ]; do
    [ $SECONDS -lt $deadline ] || fail "left behind: $left"
    pause 0.05
  done
}

# --- running the tests --------------------------------------------------------------------------------------------

# A directory on a disk: overlayfs refuses an upper directory that is itself on overlayfs, and a test of what
# survives means nothing on a tmpfs.
make_work() {
  local base
  for base in ${MINIDOCK_TEST_TMP:-} /var/tmp "${TMPDIR:-/tmp}" "$MINIDOCK_BUILD_DIR"; do
    case $(stat -fc %T "$base" 2>/dev/null) in
      "" | overlayfs | tmpfs | ramfs) ;;
      *) mktemp -d "$base/minidock-e2e.XXXXXX"; return ;;
    esac
  done
  echo "no directory on a disk: set MINIDOCK_TEST_TMP" >&2
  return 1
}

remove_containers() {
  local ids
  ids=$(minidock ps -aq 2>/dev/null) || return 0
  # shellcheck disable=SC2086
  [ -z "$ids" ] || minidock rm -f $ids >/dev/null 2>&1
}

# All of them; then nothing of them may be mounted any more.
remove_images() {
  local ids
  ids=$(minidock images -aq 2>/dev/null | sort -u)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || minidock rmi -f $ids >/dev/null
  ! grep -F " $MINIDOCK_RUN_ROOT/images/" /proc/self/mountinfo
}

# What a file that needs it defines anew: done after its last test, before the leak checks.
after_tests() { :; }

# run_tests: runs all tests of the file, or those named as the file's arguments.
chosen=("$@")
run_tests() {
  local name status passed=0 failed=0 skipped=0 began names=("${chosen[@]}")
  [ ${#names[@]} -gt 0 ] || mapfile -t names < <(declare -F | awk '$3 ~ /^test_/ { print $3 }')
  [ ${#names[@]} -gt 0 ] || { echo "no test in this file" >&2; exit 1; }
  for name in "${names[@]}"; do
    began=${EPOCHREALTIME/./}
    # bash ignores `set -e` in what stands before && or in a condition, so the status is taken in a line of its own.
    (set -e; "$name")
    status=$?
    case $status in
      0) passed=$((passed + 1)); printf 'ok      %s (%d ms)\n' "$name" $(((${EPOCHREALTIME/./} - began) / 1000)) ;;
      "$kSkip") skipped=$((skipped + 1)); echo "skipped $name" ;;
      *) failed=$((failed + 1)); echo "FAILED  $name (status $status)" ;;
    esac
    remove_containers
  done
  after_tests
  if [ -d "$MINIDOCK_ROOT" ]; then
    try minidock system check
    if [ "$rc" != 0 ] || [ -n "$(leftovers)" ]; then
      failed=$((failed + 1))
      printf 'FAILED  the store is not clean after the tests\n%s\n%s\n%s\n' "$out" "$err" "$(leftovers)"
    fi
  fi
  if [ "$failed" = 0 ] && ! remove_images; then
    failed=1
    echo "FAILED  images are mounted after their removal"
  fi
  echo "$passed passed, $failed failed, $skipped skipped"
  if [ "$failed" -gt 0 ]; then
    echo "kept: $work"
    trap - EXIT
    exit 1
  fi
  [ "$passed" -gt 0 ] || exit $kSkip
  exit 0
}

work=$(make_work) || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT
mkfifo "$work/.nothing"
export MINIDOCK_ROOT=$work/root MINIDOCK_RUN_ROOT=$work/run
# No test depends on who runs it, nor on how this host is configured.
export LC_ALL=C TERM=dumb NO_COLOR=1 MINIDOCK_CONFIG_FILE=/dev/null
[ -x "${MINIDOCK_BINARY:-}" ] || { echo "e2e: no minidock in $MINIDOCK_BUILD_DIR: build first" >&2; exit 1; }
if [ "${MINIDOCK_STORAGE_DRIVER:-}" = erofs ] && ! minidock images >/dev/null 2>"$work/.err"; then
  echo "skipped: $(cat "$work/.err")"
  exit $kSkip
fi
