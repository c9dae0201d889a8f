#!/bin/bash
# A container's life on the OCI runtime: create, start, state, pause, kill, delete, and what others see meanwhile.
. "$(dirname "$0")/../support/bundle.sh"

test_states_one_after_the_other() {
  bundle b 'process.args = ["sleep", "1000"]'
  created web b --pid-file "$work/pid"
  assert_eq "$(status_of web)" created
  assert_eq "$(cat "$work/pid")" "$(pid_of web)" "the pid file"
  rt start web
  assert_eq "$(status_of web)" running
  rt pause web
  assert_eq "$(status_of web)" paused
  rt resume web
  assert_eq "$(status_of web)" running
  rt kill web KILL
  wait_until 5 has_status web stopped
  rt delete web
  refused 1 'container does not exist' rt state web
  assert_eq "$(ls -A "$states")" ""
}

test_state_has_what_callers_read() {
  bundle b 'process.args = ["sleep", "1000"]' 'annotations = {"a.b": "c"}'
  created web b
  local state
  state=$(rt state web)
  assert_eq "$(field id <<<"$state")" web
  assert_eq "$(field bundle <<<"$state")" "$work/b"
  assert_eq "$(field rootfs <<<"$state")" "$work/b/rootfs"
  assert_eq "$(field annotations a.b <<<"$state")" c
  assert_eq "$(field owner <<<"$state")" root
  assert_match "$(field created <<<"$state")" '^20[0-9-]+T[0-9:.]+Z$'
  assert_eq "$(field ociVersion <<<"$state")" 1.2.0
}

test_the_command_waits_for_start() {
  bundle b 'process.args = ["sh", "-c", "echo began"]'
  created web b
  assert_empty "$(cat "$work/web.out")"
  rt start web
  wait_until 5 has_status web stopped
  assert_eq "$(cat "$work/web.out")" began
}

test_no_parent_stays() {
  bundle b 'process.args = ["sleep", "1000"]'
  created web b
  assert_eq "$(awk '{ print $4 }' "/proc/$(pid_of web)/stat")" 1 "its parent, the reaper,"
}

test_two_starts_one_wins() {
  bundle b 'process.args = ["sleep", "1000"]'
  created web b
  local i codes='' starts=()  # not of `jobs -p`: it forgets those that have ended
  for i in 1 2 3 4; do
    rt start web 2>/dev/null &
    starts+=($!)
  done
  for i in "${starts[@]}"; do wait "$i" && codes+=0 || codes+=1; done
  assert_eq "$(tr -d 1 <<<"$codes")" 0 "the number of starts that worked"
  assert_eq "$(status_of web)" running
}

test_list_and_ps() {
  bundle b 'process.args = ["sleep", "1000"]'
  running one b
  created two b
  assert_eq "$(rt list -q | xargs)" "one two"
  assert_match "$(rt list | head -1)" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
  assert_match "$(rt list)" "one +$(pid_of one) +running +$work/b +20[0-9T:.-]+Z +root"
  assert_eq "$(rt list --format json | field 1 status)" created
  assert_eq "$(rt ps --format json one)" "[$(pid_of one)]"
  assert_match "$(rt ps one)" "root +$(pid_of one) .* sleep 1000"
}

test_ps_by_the_hosts_ps() {
  requires ps
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  assert_match "$(rt ps web -e -x | head -1)" '^ +PID TTY +STAT +TIME COMMAND$'
  assert_eq "$(rt ps web -e -x | wc -l)" 2
  assert_eq "$(rt ps web -e -o pid=PID,args | tail -1 | xargs)" "$(pid_of web) sleep 1000"
  assert_eq "$(rt ps --format json web -e)" "[$(pid_of web)]"
  refused 1 'columns without PID' rt ps web -e -o user
  refused 1 'ps --nonsense failed: ' rt ps web --nonsense
  refused 1 'install procps, or leave them out' env PATH=/nowhere "$runtime" --root "$states" ps web -e
}

test_delete_needs_a_stopped_one() {
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  refused 1 'cannot delete container web that is not stopped: running' rt delete web
  rt kill web KILL
  wait_until 5 has_status web stopped
  rt delete web
  created waiting b
  refused 1 'cannot delete container waiting that is not stopped: created' rt delete waiting
  assert_eq "$(status_of waiting)" created
}

test_delete_force_whatever_it_does() {
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  rt delete --force web
  running web b
  rt pause web
  rt delete --force web
  created web b
  rt delete --force web
  rt delete --force web
  assert_eq "$(ls -A "$states")" ""
}

test_kill_by_name_and_number() {
  bundle b 'process.args = ["sh", "-c", "trap \"echo usr1\" USR1; trap \"echo term; exit\" TERM; echo ready; while :; do sleep 0.05; done"]'
  running web b
  wait_until 5 grep -q ready "$work/web.out"
  rt kill web USR1
  wait_until 5 grep -q usr1 "$work/web.out"
  rt kill web 15
  wait_until 5 has_status web stopped
  assert_eq "$(tail -1 "$work/web.out")" term
}

test_kill_ends_a_paused_one() {
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  rt pause web
  rt kill web KILL
  wait_until 5 has_status web stopped
}

test_kill_all_in_the_hosts_pid_namespace() {
  bundle b 'process.args = ["sh", "-c", "sleep 1001 & sleep 1002"]' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "pid"]' 'mounts = []'
  running web b
  has_two() { [ "$(rt ps -f json web | tr , '\n' | wc -l)" = 2 ]; }
  wait_until 5 has_two
  kill -KILL "$(pid_of web)"
  wait_until 5 has_status web stopped
  refused 1 'container not running' rt kill web TERM
  rt kill --all web KILL
  no_process_left() { [ "$(rt ps -f json web)" = '[]' ]; }
  wait_until 5 no_process_left
  rt delete web
}

test_a_name_can_be_used_again() {
  bundle b 'process.args = ["true"]'
  local i
  for i in 1 2 3 4 5; do
    running web b
    wait_until 5 has_status web stopped
    rt delete web
  done
}

test_a_reused_pid_is_nobodys() {
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  sleep 1000 &
  local other=$!
  # What is left when the container's process has ended, and another has its number: another instant of beginning.
  kill -KILL "$(pid_of web)"
  wait_until 5 has_status web stopped
  python3 - "$states/web/state.json" "$other" <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
record["init"]["pid"] = int(sys.argv[2])
json.dump(record, open(sys.argv[1], "w"))
END
  assert_eq "$(status_of web)" stopped
  refused 1 'container not running' rt kill web KILL
  rt delete --force web
  kill "$other" || fail "a stranger was killed"
}

test_after_a_reboot_it_is_stopped() {
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  local pid
  pid=$(pid_of web)
  sed -i -E 's/"bootId":"[^"]*"/"bootId":"another"/' "$states/web/state.json"
  assert_eq "$(status_of web)" stopped
  kill -KILL "$pid"
  rt delete web
}

test_what_a_killed_create_leaves_is_cleaned() {
  bundle b 'process.args = ["sleep", "1000"]' \
    'hooks = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "echo $$ > '"$work"'/hook; exec sleep 1000"]}]}'
  "$runtime" --root "$states" create -b "$work/b" web </dev/null >/dev/null 2>&1 &
  local creator=$!
  wait_until 5 test -s "$work/hook"
  assert_eq "$(status_of web)" creating
  refused 1 'cannot delete container web that is not stopped: creating' rt delete web
  kill -KILL "$creator"
  wait "$creator" || true
  kill -KILL "$(cat "$work/hook")"
  wait_until 5 has_status web stopped
  rt delete web
  bundle b 'process.args = ["true"]'
  running web b
}

test_damaged_record_can_be_removed() {
  bundle b 'process.args = ["true"]'
  running web b
  wait_until 5 has_status web stopped
  echo '{"id":7}' >"$states/web/state.json"
  refused 1 'state.json: ' rt state web
  rt list >/dev/null
  rt delete --force web
  refused 1 'container does not exist' rt state web
  find /sys/fs/cgroup -depth -type d -name web -exec rmdir {} \;
}

test_many_at_once() {
  bundle b 'process.args = ["sleep", "1000"]'
  local i failed=0 all=()
  for i in 1 2 3 4 5 6; do
    (
      rt create -b "$work/b" "c$i" </dev/null >/dev/null 2>&1 && rt start "c$i" && rt state "c$i" >/dev/null &&
        rt delete --force "c$i"
    ) &
    all+=($!)
  done
  for i in "${all[@]}"; do wait "$i" || failed=$((failed + 1)); done
  assert_eq $failed 0
  assert_eq "$(rt list -q)" ""
}

test_everything_at_once_on_one() {
  bundle b 'process.args = ["sleep", "1000"]'
  local i round
  for round in 1 2 3 4 5; do
    created web b
    for i in 1 2; do
      rt start web &
      rt kill web KILL &
      rt state web &
      rt delete --force web &
    done >/dev/null 2>&1
    wait
    rt delete --force web
    assert_eq "$(ls -A "$states")" "" "after round $round the state directory"
  done
}
test_a_created_one_ends_by_the_signal_that_asks_for_it() {
  bundle b 'process.args = ["true"]'
  created web b
  rt kill web TERM
  wait_until 5 has_status web stopped
}
run_tests
