#!/bin/bash
# dockerd runs its containers on minidock's OCI runtime, by the file docs/scale-out/daemon.json.
. "$(dirname "$0")/../support/peers.sh"
. "$support/dockerd.sh"
. "$support/engine_tests.sh"

engine=$work/dockerd/docker
racing=racing
discard=(rm -f)
busybox=busybox
requires image-busybox

start_dockerd dockerd --config-file "$top/docs/scale-out/daemon.json" --add-runtime "racing=$work/racing" --storage-driver vfs
"$engine" import "$(fixture busybox)" "$busybox" >/dev/null || fail "cannot import the image"

after_tests() { stop_dockerds; }

test_runtime_is_ours() {
  assert_eq "$("$engine" info -f '{{.DefaultRuntime}}')" minidock
  assert_eq "$("$engine" info -f '{{(index .Runtimes "minidock").Path}}')" "$runtime"
}

test_memory_limit_is_told() {
  requires cgroup-memory
  run -d --name hungry -m 32m "$busybox" dd if=/dev/zero of=/dev/null bs=200M count=1 >/dev/null # ends at once
  "$engine" wait hungry >/dev/null
  assert_eq "$("$engine" inspect -f '{{.State.OOMKilled}}' hungry)" true
}

test_update() {
  requires cgroup-memory
  started updated -m 64m --memory-swap 64m --cpu-shares 300 "$busybox" sleep 1000
  try "$engine" update -m 48m --memory-swap 48m --cpus 0.5 --pids-limit 9 updated
  assert_rc 0
  assert_eq "$(cgroup_value "$id" memory memory.limit_in_bytes memory.max)" $((48 << 20))
  assert_eq "$(cgroup_value "$id" pids pids.max pids.max)" 9
}

test_restart_policy() {
  run -d --name restarted --restart on-failure:2 "$busybox" sh -c 'echo once >>/count; exit 1' >/dev/null
  wait_until 20 is_in_state restarted exited
  assert_eq "$("$engine" inspect -f '{{.RestartCount}}' restarted)" 2
  "$engine" cp restarted:/count "$work/count"
  assert_eq "$(wc -l <"$work/count")" 3
}

test_logs() {
  started talking "$busybox" sh -c 'for i in $(seq 100); do echo $i; done; sleep 1000'
  wait_until 10 has_said talking '^100$'
  assert_eq "$("$engine" logs talking)" "$(seq 100)"
}
run_tests
