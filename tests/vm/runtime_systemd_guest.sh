#!/bin/bash
# Runs in the guest: containers of --systemd-cgroup, as systemd has them. A scope is systemd's own, so there is no
# sandbox: the guest is one.
. "$(dirname "$0")/../support/bundle.sh"
requires root cgroup2 systemctl

readonly hierarchy=/sys/fs/cgroup
readonly unit=test-web.scope
rt() { "$runtime" --root "$states" --systemd-cgroup "$@"; }

# property UNIT NAME: as systemctl shows it.
property() { systemctl show "$1" -p "$2" --value; }
# assert_properties UNIT NAME=VALUE...
assert_properties() {
  local of=$1 pair
  shift
  for pair in "$@"; do assert_eq "$(property "$of" "${pair%%=*}")" "${pair#*=}" "${pair%%=*} of $of"; done
}
cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
# assert_files FILE=VALUE...: in the cgroup of the container web.
assert_files() {
  local at pair
  at=$hierarchy$(cgroup_of "$(pid_of web)")
  for pair in "$@"; do assert_eq "$(cat "$at/${pair%%=*}")" "${pair#*=}" "${pair%%=*}"; done
}
assert_no_unit() { assert_eq "$(property "$1" LoadState)" not-found "LoadState of $1"; }

sleeper() {
  bundle b 'process.args = ["sleep", "1000"]' 'linux.cgroupsPath = "system.slice:test:web"' "$@"
}
# A container with a limit of each kind, below a slice of its own.
limited() {
  sleeper 'linux.cgroupsPath = "machine-test.slice:test:web"' \
    'linux.resources.memory = {"limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20}' \
    'linux.resources.pids = {"limit": 50}' \
    'linux.resources.cpu = {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0", "mems": "0"}' "$@"
}

test_the_scope_and_its_slice() {
  limited
  created web b --pid-file "$work/pid"
  assert_eq "$(cgroup_of "$(cat "$work/pid")")" "/machine.slice/machine-test.slice/$unit"
  assert_properties $unit ActiveState=active Slice=machine-test.slice Delegate=yes \
    "ControlGroup=/machine.slice/machine-test.slice/$unit"
  rt start web
  assert_eq "$(status_of web)" running
  rt delete --force web
  assert_no_unit $unit
  assert_no_file "$hierarchy/machine.slice/machine-test.slice/$unit"
}

readonly limits=(memory.max=$((64 << 20)) memory.low=$((32 << 20)) memory.swap.max=$((32 << 20)) pids.max=50
  cpu.weight=59 'cpu.max=50000 100000' cpuset.cpus=0 cpuset.mems=0)

test_limits_are_properties_and_files() {
  limited
  running web b
  assert_properties $unit MemoryMax=$((64 << 20)) MemoryLow=$((32 << 20)) MemorySwapMax=$((32 << 20)) TasksMax=50 \
    CPUWeight=59 CPUQuotaPerSecUSec=500ms AllowedCPUs=0 AllowedMemoryNodes=0
  assert_files "${limits[@]}"
}

# What is not a property would be gone: systemd writes its own values then.
test_limits_outlive_a_reload() {
  limited
  running web b
  systemctl daemon-reload
  assert_files "${limits[@]}"
  rt update --pids-limit 20 --memory 32m --memory-swap 48m web
  systemctl daemon-reload
  assert_files pids.max=20 memory.max=$((32 << 20)) memory.swap.max=$((16 << 20)) 'cpu.max=50000 100000' cpuset.cpus=0
}

test_update_changes_properties_and_files() {
  limited
  running web b
  rt update --memory 32m --memory-swap 48m --memory-reservation 16m --pids-limit 20 --cpu-share 2048 \
    --cpu-quota 25000 --cpuset-cpus 0-1 web
  assert_files memory.max=$((32 << 20)) memory.low=$((16 << 20)) memory.swap.max=$((16 << 20)) pids.max=20 \
    'cpu.max=25000 100000' cpuset.cpus=0-1 cpuset.mems=0
  assert_properties $unit MemoryMax=$((32 << 20)) MemoryLow=$((16 << 20)) MemorySwapMax=$((16 << 20)) TasksMax=20 \
    CPUQuotaPerSecUSec=250ms AllowedCPUs=0-1
  rt update --memory-swap 64m web
  assert_properties $unit MemoryMax=$((32 << 20)) MemorySwapMax=$((32 << 20))
  rt update --memory -1 --pids-limit -1 web
  assert_properties $unit MemoryMax=infinity MemorySwapMax=infinity TasksMax=infinity
}

test_update_of_a_paused_one() {
  limited
  running web b
  rt pause web
  assert_eq "$(status_of web)" paused
  rt update --pids-limit 45 web
  assert_files pids.max=45
  assert_eq "$(status_of web)" paused
  rt resume web
  assert_eq "$(status_of web)" running
}

test_devices() {
  sleeper 'linux.resources.devices = [{"allow": False, "access": "rwm"}, {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "rw"}]' \
    'process.capabilities.bounding = ["CAP_MKNOD"]' 'process.capabilities.effective = ["CAP_MKNOD"]' \
    'process.capabilities.permitted = ["CAP_MKNOD"]'
  running web b
  assert_properties $unit DevicePolicy=strict
  assert_match "$(property $unit DeviceAllow)" '10:229 rw'
  # Both are asked, systemd's filter and ours: a reload of the one gives nothing and takes nothing away.
  systemctl daemon-reload
  assert_eq "$(rt exec web sh -c 'mknod /tmp/zero c 1 5 && head -c 3 /tmp/zero | wc -c')" 3
  try rt exec web sh -c 'mknod /tmp/kmsg c 1 11 && cat /tmp/kmsg'
  assert_rc 1
  assert_match "$err" 'Operation not permitted'
}

test_properties_of_annotations() {
  sleeper "annotations = {'org.systemd.property.TimeoutStopSec': '7', 'org.systemd.property.CollectMode': \"'inactive-or-failed'\"}"
  running web b
  assert_properties $unit TimeoutStopUSec=7s CollectMode=inactive-or-failed
  sleeper 'annotations = {"org.systemd.property.NoSuch": "true"}' 'linux.cgroupsPath = "system.slice:test:other"'
  refused 1 'cannot start unit test-other.scope: .*NoSuch' rt create -b "$work/b" other
  assert_no_unit test-other.scope
}

test_further_processes_are_in_the_scope() {
  sleeper
  running web b
  rt exec -d --pid-file "$work/pid" web sleep 500 </dev/null >/dev/null 2>&1
  assert_eq "$(cgroup_of "$(cat "$work/pid")")" "$(cgroup_of "$(pid_of web)")"
  assert_eq "$(rt exec web cat /proc/self/cgroup)" 0::/
  assert_eq "$(rt ps -f json web | tr , '\n' | wc -l)" 2
  assert_contains "$(rt events --stats web)" '"stats"'
}

test_two_in_one_scope_are_refused() {
  sleeper
  running web b
  refused 1 "container's cgroup is not empty" rt create -b "$work/b" other
  assert_eq "$(property $unit ActiveState)" active
}

test_a_name_can_be_used_again() {
  sleeper
  local round
  for round in 1 2; do
    running web b
    rt kill web KILL
    wait_until 5 has_status web stopped
    rt delete web
    assert_no_unit $unit
  done
}

test_without_a_path_it_is_a_scope_of_the_system() {
  sleeper 'linux.cgroupsPath = ""'
  rt run -d -b "$work/b" web </dev/null >/dev/null 2>&1
  assert_properties minidock-web.scope ActiveState=active Slice=system.slice
}

test_run_removes_the_scope() {
  sleeper 'process.args = ["sh", "-c", "cat /proc/self/cgroup; exit 3"]'
  try rt run -b "$work/b" web
  assert_rc 3
  assert_eq "$out" 0::/
  assert_no_unit $unit
}

test_refused_ones_leave_no_scope() {
  sleeper 'linux.cgroupsPath = "/plain/path"'
  refused 1 'expected cgroupsPath to be of format "slice:prefix:name"' rt create -b "$work/b" web
  sleeper 'process.args = ["nope"]'
  refused 1 'exec: "nope": executable file not found' rt create -b "$work/b" web
  assert_no_unit $unit
  assert_eq "$(ls -A "$states")" ""
}

test_in_a_user_namespace() {
  sleeper 'linux.namespaces = config["linux"]["namespaces"] + [{"type": "user"}]' \
    'linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]' \
    'linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
  chmod 755 "$work" "$work/b"
  chown -R 100000:100000 "$work/b/rootfs"
  running web b
  assert_properties $unit ActiveState=active
  assert_eq "$(rt exec web id -u)" 0
}

test_memory_that_runs_out_is_told() {
  sleeper 'process.args = ["sh", "-c", "tail /dev/zero; sleep 1000"]' \
    'linux.resources.memory = {"limit": 16 << 20, "swap": 16 << 20}'
  created web b
  rt events --interval 50ms web >"$work/events" &
  local follower=$!
  wait_until 5 grep -q '"stats"' "$work/events"
  rt start web
  wait_until 20 grep -q '{"type":"oom","id":"web"}' "$work/events"
  rt kill web KILL
  wait $follower
}

test_a_scope_that_systemd_stops() {
  sleeper 'annotations = {"org.systemd.property.TimeoutStopSec": "2"}'
  running web b
  systemctl stop $unit
  assert_eq "$(status_of web)" stopped
  rt delete web
  assert_no_unit $unit
}

# Neither a scope nor a state is left, and no unit that has failed.
after_tests() {
  local left
  left=$(systemctl list-units --all --plain --no-legend 'test-*' 'minidock-*'; ls -A "$states")
  [ -z "$left" ] || { echo "FAILED  left behind: $left"; failed=$((failed + 1)); }
}
run_tests
