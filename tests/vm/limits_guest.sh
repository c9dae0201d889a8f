#!/bin/busybox sh
# limits_guest.sh - runs in the machine: do limits hold on pure cgroup v2? /files has minidock and busybox.tar.
export PATH=/files:/bin MINIDOCK_ROOT=/var/lib/minidock MINIDOCK_RUN_ROOT=/run/minidock
failed=0 passed=0
is() { # WHAT ACTUAL EXPECTED
  if [ "$2" = "$3" ]; then passed=$((passed + 1)); echo "ok      $1"
  else failed=$((failed + 1)); echo "FAILED  $1: '$2', not '$3'"; fi
}
has() { # WHAT ACTUAL PART
  case $2 in *"$3"*) passed=$((passed + 1)); echo "ok      $1" ;;
    *) failed=$((failed + 1)); echo "FAILED  $1: '$2' has no '$3'" ;; esac
}
run() { minidock run --rm --network none "$@" 2>&1; }

is "only cgroup v2 here" "$(grep -c ' cgroup ' /proc/mounts)" 0
minidock import -q busybox.tar busybox >/dev/null || { echo "FAILED  import"; exit 1; }

is "a command runs" "$(run busybox echo hello)" hello
is "pids.max is 10" "$(run --pids-limit 10 busybox cat /sys/fs/cgroup/pids.max)" 10
count=$(run --pids-limit 10 busybox sh -c '
  # In a shell of its own: a fork that fails ends it. And no fork to read the number.
  (for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do sleep 60 & done) 2>/dev/null
  read -r now </sys/fs/cgroup/pids.current; echo "$now"' | tail -n 1)
case $count in [1-9] | 10) is "25 sleeps are at most 10" yes yes ;; *) is "25 sleeps are at most 10" "$count" 10 ;; esac

is "memory.max is 32 MiB" "$(run -m 32m busybox cat /sys/fs/cgroup/memory.max)" 33554432
output=$(minidock run --rm --network none -m 32m busybox tail -c 150m /dev/zero 2>&1)
is "an eater is killed" $? 137
has "and a line says so" "$output" "memory"

is "cpu.max is half a processor" "$(run --cpus 0.5 busybox cat /sys/fs/cgroup/cpu.max)" "50000 100000"
output=$(run busybox sh -c 'mknod /tmp/k c 1 11 && cat /tmp/k')
has "a device that is not allowed cannot be opened" "$output" "not permitted"
is "one that is allowed can" "$(run busybox sh -c 'mknod /tmp/z c 1 5 && head -c 3 /tmp/z | wc -c')" 3

is "no cgroup is left" "$(find /sys/fs/cgroup -name 'minidock-*' | wc -l)" 0
is "no mount is left" "$(grep -c lowerdir= /proc/self/mountinfo)" 0
minidock system check
is "the store is clean" $? 0
echo "$passed passed, $failed failed"
[ $failed = 0 ]
