#!/bin/bash
# Limits of a running container: changed by options and by a file, and what it uses told by events.
. "$(dirname "$0")/../support/bundle.sh"

sleeper() {
  bundle b 'process.args = ["sleep", "1000"]' "$@"
  running web b
}
memory_limit() { cgroup_file web memory memory.limit_in_bytes memory.max; }
pids_limit() { cgroup_file web pids pids.max pids.max; }

test_options() {
  requires cgroup-memory cgroup-pids
  sleeper 'linux.resources.memory = {"limit": 64 << 20}'
  assert_eq "$(memory_limit)" $((64 << 20))
  rt update --memory 32m --pids-limit 20 web
  assert_eq "$(memory_limit)" $((32 << 20))
  assert_eq "$(pids_limit)" 20
  rt update --pids-limit -1 web
  assert_eq "$(pids_limit)" max
  assert_eq "$(memory_limit)" $((32 << 20)) "the limit that was not given"
  refused 1 'invalid argument "x" for "--memory" flag' rt update --memory x web
}

test_resources_as_json() {
  requires cgroup-pids
  sleeper
  echo '{"pids": {"limit": 30}}' | rt update --resources - web
  assert_eq "$(pids_limit)" 30
  echo '{"pids": {"limit": 31}}' >"$work/resources.json"
  rt update --resources="$work/resources.json" web
  assert_eq "$(pids_limit)" 31
  refused 1 'pids.limit: ' rt update --resources - web < <(echo '{"pids": {"limit": "x"}}')
}

test_paused_ones_too_but_not_stopped_ones() {
  requires cgroup-pids
  sleeper
  rt pause web
  rt update --pids-limit 40 web
  assert_eq "$(pids_limit)" 40
  assert_eq "$(status_of web)" paused
  rt resume web
  rt kill web KILL
  wait_until 5 has_status web stopped
  refused 1 'container not running' rt update --pids-limit 50 web
}

test_refused_schemas() {
  sleeper
  refused 1 'resctrl' rt update --l3-cache-schema L3:0=f web
}

test_stats() {
  requires cgroup-memory cgroup-pids
  sleeper 'linux.resources.pids = {"limit": 99}'
  local line
  line=$(rt events --stats web)
  assert_eq "$(field type <<<"$line")" stats
  assert_eq "$(field id <<<"$line")" web
  assert_eq "$(field data pids current <<<"$line")" 1
  assert_eq "$(field data pids limit <<<"$line")" 99
  assert_ne "$(field data memory usage usage <<<"$line")" 0
  rt kill web KILL
  wait_until 5 has_status web stopped
  refused 1 'container with id web is not running' rt events --stats web
}

test_events_until_the_end() {
  requires cgroup-memory
  bundle b 'process.args = ["sh", "-c", "tail /dev/zero; sleep 1000"]' \
    'linux.resources.memory = {"limit": 16 << 20, "swap": 16 << 20}'
  created web b
  rt events --interval 50ms web >"$work/events" &
  local follower=$!
  wait_until 5 grep -q '"stats"' "$work/events"
  rt start web
  wait_until 10 grep -q '{"type":"oom","id":"web"}' "$work/events"
  rt kill web KILL
  wait $follower
}
run_tests
