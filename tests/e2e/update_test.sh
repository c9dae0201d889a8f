# update: limits that change in the kernel and in the record, both or none.
. "$(dirname "$0")/../support/e2e.sh"

start_idle() {
  image busybox
  minidock run -d "$@" busybox sleep 1000 >/dev/null
}
config() { minidock inspect -f "{{.HostConfig.$2}}" "$1"; }
# limit NAME CONTROLLER V1-FILE V2-FILE
limit() {
  local at
  at=$(container_cgroup "$(minidock inspect -f '{{.Id}}' "$1")" "$2")
  cat "$at/$3" 2>/dev/null || cat "$at/$4"
}

test_memory() {
  requires cgroup-memory
  start_idle --name web -m 64m
  assert_eq "$(minidock update -m 100m web)" web
  assert_eq "$(limit web memory memory.limit_in_bytes memory.max)" $((100 << 20))
  assert_eq "$(config web Memory) $(config web MemorySwap)" "$((100 << 20)) $((128 << 20))"
  refused 1 'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time' \
    minidock update -m 200m web
  assert_eq "$(limit web memory memory.limit_in_bytes memory.max)" $((100 << 20))
  minidock update -m 200m --memory-swap 300m web >/dev/null
  assert_eq "$(limit web memory memory.limit_in_bytes memory.max)" $((200 << 20))
  # Down again: the order of the two writes is the other one.
  minidock update -m 32m --memory-swap 32m web >/dev/null
  assert_eq "$(limit web memory memory.limit_in_bytes memory.max)" $((32 << 20))
  refused 1 'Minimum memoryswap limit should be larger than memory limit, see usage' \
    minidock update -m 32m --memory-swap 16m web
}

test_memory_where_there_was_no_limit() {
  requires cgroup-memory
  start_idle --name open
  refused 1 'You should always set the Memory limit when using Memoryswap limit, see usage' \
    minidock update --memory-swap 100m open
  minidock update -m 50m --memory-reservation 20m open >/dev/null
  assert_eq "$(limit open memory memory.limit_in_bytes memory.max)" $((50 << 20))
  assert_eq "$(config open MemoryReservation)" $((20 << 20))
}

test_pids() {
  requires cgroup-pids
  start_idle --name pids --pids-limit 10
  minidock update --pids-limit 20 pids >/dev/null
  assert_eq "$(limit pids pids pids.max pids.max)" 20
  minidock update --pids-limit -1 pids >/dev/null
  assert_eq "$(limit pids pids pids.max pids.max)" max
}

# The container was in no cpu hierarchy before on v1; all its processes have to come along.
test_cpu() {
  requires cgroup-cpu
  image busybox
  minidock run -d --name cpu busybox sh -c 'sleep 1000 & echo ready; sleep 1000' >/dev/null
  wait_until 10 has_logged cpu
  minidock update --cpus 0.5 cpu >/dev/null
  assert_eq "$(config cpu NanoCpus)" 500000000
  assert_match "$(limit cpu cpu cpu.cfs_quota_us cpu.max)" '^50000'
  assert_eq "$(wc -l <"$(container_cgroup "$(minidock inspect -f '{{.Id}}' cpu)" cpu)/cgroup.procs")" 2
  refused 1 'CPU Quota cannot be updated as NanoCPUs has already been set' minidock update --cpu-quota 20000 cpu
  minidock update -c 512 cpu >/dev/null
  assert_match "$(limit cpu cpu cpu.shares cpu.weight)" '^(512|59)$'
  assert_eq "$(config cpu CpuShares)" 512
  minidock rm -f cpu >/dev/null
  start_idle --name period
  minidock update --cpu-period 50000 --cpu-quota 25000 period >/dev/null
  assert_match "$(limit period cpu cpu.cfs_quota_us cpu.max)" '^25000'
  refused 1 'Nano CPUs cannot be updated as CPU Period has already been set' minidock update --cpus 1 period
}

test_cpuset() {
  requires cgroup-cpuset
  start_idle --name set
  minidock update --cpuset-cpus 0 set >/dev/null
  assert_eq "$(limit set cpuset cpuset.cpus cpuset.cpus)" 0
  assert_match "$(grep Cpus_allowed_list "/proc/$(container_pid set)/status")" ':.0$'
  refused 1 'Requested CPUs are not available - requested 4000' minidock update --cpuset-cpus 4000 set
  assert_eq "$(config set CpusetCpus)" 0
}

# What the kernel refuses is kept neither in the record nor, of several limits, in part.
test_both_or_none() {
  requires cgroup-memory
  image busybox
  minidock run -d --name full -m 64m --tmpfs /data busybox sh -c \
    'head -c 30m /dev/zero >/data/x; echo ready; sleep 1000' >/dev/null
  wait_until 10 has_logged full
  local pids
  pids=$(limit full pids pids.max pids.max)
  try minidock update --pids-limit 33 -m 64m --memory-swap 64m --cpuset-mems 99 full
  assert_rc 1
  assert_no_match "$(config full PidsLimit)" 33
  assert_eq "$(config full Memory)" $((64 << 20))
  assert_eq "$(limit full pids pids.max pids.max)" "$pids" "the limit in the kernel"
  # The kernel itself refuses the second of two writes on v1; the first is taken back.
  try minidock update --pids-limit 33 -m 8m --memory-swap 8m full
  if [ "$rc" != 0 ]; then
    assert_contains "$err" 'Cannot update container'
    assert_eq "$(limit full pids pids.max pids.max)" "$pids" "the limit in the kernel"
    assert_eq "$(limit full memory memory.limit_in_bytes memory.max)" $((64 << 20))
    assert_eq "$(config full Memory)" $((64 << 20))
  fi
}

test_a_stopped_one_keeps_it() {
  image busybox
  minidock create --name later busybox sleep 1000 >/dev/null
  minidock update -m 40m --pids-limit 7 later >/dev/null
  minidock start later >/dev/null
  assert_eq "$(limit later memory memory.limit_in_bytes memory.max)" $((40 << 20))
  assert_eq "$(limit later pids pids.max pids.max)" 7
  minidock update --cpus 0.25 later >/dev/null
  minidock restart -t 0 later >/dev/null
  assert_match "$(limit later cpu cpu.cfs_quota_us cpu.max)" '^25000'
}

test_rm_option_leaves_nothing() {
  image busybox
  minidock run -d --rm --name gone busybox sleep 60 >/dev/null
  minidock update --cpus 0.5 --cpuset-cpus 0 gone >/dev/null
  minidock kill gone >/dev/null
  wait_until 10 no_containers
  assert_no_leftovers
}

test_what_is_refused() {
  image busybox
  minidock create --name web busybox true >/dev/null
  refused 1 'you must provide one or more flags when using this command' minidock update web
  refused 1 'No such container: nope' minidock update -m 64m nope
  refused 125 'invalid argument "x" for "-m, --memory" flag' minidock update -m x web
  refused 125 'range of blkio weight is from 10 to 1000' minidock update --blkio-weight 5 web
  refused 1 'CPU cfs period can not be less than 1ms' minidock update --cpu-period 10 web
  try minidock update -m 64m nope web
  assert_rc 1
  assert_eq "$out" web
  try minidock update -m 64m
  assert_rc 1
}

# Many at once: each is whole, the last one stays, kernel and record agree.
test_side_by_side() {
  requires cgroup-pids
  start_idle --name many
  local number
  for number in 11 12 13 14 15 16 17 18; do minidock update --pids-limit "$number" many >/dev/null & done
  wait
  assert_eq "$(limit many pids pids.max pids.max)" "$(config many PidsLimit)"
  assert_match "$(config many PidsLimit)" '^1[1-8]$'
}

runs_of() { minidock logs "$1" | grep -c begun; }
has_begun() { [ "$(runs_of "$1")" -ge "$2" ]; }
state_is() { [ "$(minidock inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }

# The container is told to end only after the policy was changed: by a file in a volume.
test_restart_policy_of_a_running_one() {
  image busybox
  minidock run -d --name web busybox sh -c 'echo begun; while :; do sleep 0.05; done' >/dev/null
  wait_until 10 has_begun web 1
  assert_eq "$(minidock update --restart always web)" web
  assert_eq "$(config web RestartPolicy.Name)" always
  kill -9 "$(container_pid web)"
  wait_until 10 has_begun web 2
  wait_until 10 state_is web running
  # And back, in its second run, whose monitor was told "always".
  minidock update --restart no web >/dev/null
  kill -9 "$(container_pid web)"
  wait_until 10 state_is web exited
  assert_eq "$(minidock wait web)" 137
  minidock rm web >/dev/null
}

test_restart_policy_counts_from_the_row() {
  image busybox
  minidock run -d --name few busybox sh -c 'echo begun; while [ ! -e /go ]; do sleep 0.05; done; exit 3' >/dev/null
  wait_until 10 has_begun few 1
  minidock update --restart on-failure:2 few >/dev/null
  minidock exec few touch /go
  wait_until 20 has_begun few 3
  wait_until 10 state_is few exited
  assert_eq "$(runs_of few) $(minidock inspect -f '{{.RestartCount}}' few)" "3 2"
}

# Between two runs, its monitor waits: it hears of the change, and of a stop.
test_restart_policy_of_a_waiting_one() {
  image busybox
  minidock run -d --name loop --restart always busybox sh -c 'echo begun; exit 1' >/dev/null
  wait_until 30 has_begun loop 5
  wait_until 10 state_is loop restarting
  try minidock update --restart no loop
  assert_rc 0
  wait_until 2 state_is loop exited
  minidock rm loop >/dev/null
  minidock run -d --name held busybox sleep 1000 >/dev/null
  minidock update --restart always held >/dev/null
  minidock stop -t 0 held >/dev/null
  assert_eq "$(minidock inspect -f '{{.State.Status}}' held)" exited
  minidock rm held >/dev/null
}

# The guard that goes on in a killed monitor's place asks for the rule as well.
test_restart_policy_under_a_guard() {
  image busybox
  minidock run -d --name web busybox sh -c 'echo begun; exec sleep 1000' >/dev/null
  wait_until 10 has_begun web 1
  minidock update --restart always web >/dev/null
  local monitor
  monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(container_pid web)/status")
  kill -9 "$monitor"
  kill -9 "$(container_pid web)"
  wait_until 10 has_begun web 2
}

test_restart_policy_refusals() {
  image busybox
  minidock run -d --rm --name gone busybox sleep 60 >/dev/null
  refused 1 'Restart policy cannot be updated because AutoRemove is enabled' minidock update --restart always gone
  minidock update --restart no gone >/dev/null
  refused 1 "unknown policy 'often'" minidock update --restart often gone
  minidock create --name idle busybox true >/dev/null
  minidock update --restart on-failure:3 idle >/dev/null
  assert_eq "$(config idle RestartPolicy.Name):$(config idle RestartPolicy.MaximumRetryCount)" on-failure:3
}

run_tests
