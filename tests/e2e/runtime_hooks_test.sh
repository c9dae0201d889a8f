#!/bin/bash
# The hooks of a bundle: when each runs, where, with what; and what becomes of a container whose hook fails.
. "$(dirname "$0")/../support/bundle.sh"

test_all_six_in_order() {
  bundle b 'process.args = ["sh", "-c", "echo command >>/record"]'
  # Each adds a line with its point and the status that it was told. /record is the same file inside.
  python3 - "$work/b/config.json" "$work/record" <<'END'
import json, sys
path, record = sys.argv[1:]
config = json.load(open(path))
script = 's=$(cat); s=${s#*status???}; echo $POINT ${s%%[!a-z]*} >>$RECORD'
def hook(point, where):
    return [{"path": "/bin/sh", "args": ["sh", "-c", script],
             "env": ["PATH=/bin:/usr/bin", "POINT=" + point, "RECORD=" + where]}]
outside = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]
config["hooks"] = {point: hook(point, record) for point in outside}
config["hooks"]["startContainer"] = hook("startContainer", "/record")
config["mounts"].append({"destination": "/record", "type": "bind", "source": record, "options": ["bind"]})
json.dump(config, open(path, "w"))
END
  : >"$work/record"
  created web b
  assert_eq "$(xargs <"$work/record")" "prestart created createRuntime creating createContainer creating"
  rt start web
  wait_until 5 has_status web stopped
  rt delete web
  assert_eq "$(grep -c . "$work/record")" 7
  assert_eq "$(head -4 "$work/record" | tail -1)" "startContainer created"
  assert_eq "$(tail -1 "$work/record")" "poststop stopped"
  assert_eq "$(grep poststart "$work/record")" "poststart running"
}

test_exact_words_and_environment() {
  bundle b 'process.args = ["true"]' \
    'hooks = {"createRuntime": [{"path": "/bin/sh", "args": ["name", "-c", "tr \"\\\\0\" \"\\\\n\" </proc/$$/environ >'"$work"'/env; echo $0 >'"$work"'/zero; pwd >'"$work"'/pwd", "zero"], "env": ["A=1", "PATH=/bin:/usr/bin"]}]}'
  SECRET=x created web b
  assert_eq "$(sort "$work/env" | grep -Ev '^(PWD|_|SHLVL)=' | xargs)" "A=1 PATH=/bin:/usr/bin"
  assert_eq "$(cat "$work/zero")" zero
  assert_eq "$(cat "$work/pwd")" "$work/b"
}

test_one_of_the_container_has_the_commands_environment_and_rights() {
  bundle b 'process.args = ["true"]' 'process.env = ["A=1", "PATH=/bin"]' 'process.user.uid = 7' \
    'hooks = {"startContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "echo $A $HOME; grep -h CapEff /proc/self/status; exit 1"]}]}'
  created web b
  refused 1 'exit status 1, stdout: 1 / *.n?CapEff:.*0{16}' rt start web
}

test_one_that_makes_the_container_begins_in_its_root() {
  bundle b 'process.args = ["ls", "/made"]' \
    'hooks = {"createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "touch made"], "env": ["PATH=/bin:/usr/bin"]}]}'
  try rt run -b "$work/b" web </dev/null
  assert_eq "$out" /made
}

test_a_failing_one_ends_the_container() {
  local point
  for point in prestart createRuntime; do
    bundle b 'process.args = ["sleep", "1000"]' \
      'hooks = {"'$point'": [{"path": "/bin/true"}, {"path": "/bin/sh", "args": ["sh", "-c", "echo why >&2; exit 3"]}], "poststop": [{"path": "/bin/sh", "args": ["sh", "-c", "echo gone >'"$work/$point"'"]}]}'
    refused 1 "error running $point hook #1: exit status 3, stdout: , stderr: why" rt create -b "$work/b" web
    assert_eq "$(cat "$work/$point")" gone
    assert_eq "$(ls -A "$states")" ""
  done
  bundle b 'process.args = ["sleep", "1000"]' 'hooks = {"createContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "kill -SYS $$"]}]}'
  refused 1 'createContainer hook #0: signal: bad system call' rt create -b "$work/b" web
  bundle b 'process.args = ["sleep", "1000"]' 'hooks = {"startContainer": [{"path": "/bin/false"}]}'
  created web b
  refused 1 'startContainer hook #0' rt start web
  wait_until 5 has_status web stopped
}

test_a_failing_poststart_kills() {
  bundle b 'process.args = ["sleep", "1000"]' 'hooks = {"poststart": [{"path": "/bin/false"}]}'
  created web b
  refused 1 'error running poststart hook #0: exit status 1' rt start web
  wait_until 5 has_status web stopped
}

test_a_failing_poststop_is_only_logged() {
  bundle b 'process.args = ["true"]' \
    'hooks = {"poststop": [{"path": "/bin/false"}, {"path": "/bin/sh", "args": ["sh", "-c", "echo on >'"$work"'/second"]}]}'
  running web b
  wait_until 5 has_status web stopped
  try rt --log "$work/log" delete web
  assert_rc 0
  assert_match "$(cat "$work/log")" 'level=warning msg="error running poststop hook #0: exit status 1'
  assert_eq "$(cat "$work/second")" on
}

test_a_time_out_kills_all_it_started() {
  bundle b 'process.args = ["true"]' \
    'hooks = {"createRuntime": [{"path": "/bin/sh", "timeout": 1, "args": ["sh", "-c", "sleep 1007 & echo $! >'"$work"'/child; wait"]}]}'
  refused 1 'error running createRuntime hook #0: timed out after 1 second' rt create -b "$work/b" web
  assert_no_file "/proc/$(cat "$work/child")/exe"
}

test_a_program_that_is_not_there() {
  bundle b 'process.args = ["true"]' 'hooks = {"createRuntime": [{"path": "/no/such/hook"}]}'
  refused 1 'hook #0: execute /no/such/hook: No such file or directory' rt create -b "$work/b" web
}

test_much_output_blocks_nothing() {
  bundle b 'process.args = ["true"]' \
    'hooks = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "seq 100000; exit 1"], "env": ["PATH=/bin:/usr/bin"]}]}'
  refused 1 'exit status 1, stdout: 1' rt create -b "$work/b" web
  assert_le "${#err}" 20000
}

test_the_network_is_there_for_it() {
  bundle b 'process.args = ["sleep", "1000"]' \
    'hooks = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "s=$(cat); s=${s#*pid??}; readlink /proc/${s%%[!0-9]*}/ns/net >'"$work"'/net"], "env": ["PATH=/bin:/usr/bin"]}]}'
  created web b
  assert_eq "$(cat "$work/net")" "$(readlink "/proc/$(pid_of web)/ns/net")"
}
run_tests
