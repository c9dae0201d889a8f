#!/bin/bash
# `run`: create, start, wait and delete in one; `spec`, which makes what it runs.
. "$(dirname "$0")/../support/bundle.sh"

test_streams_and_status_are_the_commands() {
  bundle b 'process.args = ["sh", "-c", "cat; echo err >&2; exit 5"]'
  try rt run -b "$work/b" web < <(echo in)
  assert_rc 5
  assert_eq "$out" in
  assert_eq "$err" err
  assert_eq "$(rt list -q)" ""
}

test_keep() {
  bundle b 'process.args = ["true"]'
  rt run --keep -b "$work/b" web
  assert_eq "$(status_of web)" stopped
  rt delete web
}

test_detach() {
  bundle b 'process.args = ["sleep", "1000"]'
  rt run --detach --pid-file "$work/pid" -b "$work/b" web </dev/null >/dev/null 2>&1
  assert_eq "$(status_of web)" running
  assert_eq "$(cat "$work/pid")" "$(pid_of web)"
  refused 1 'container with given ID already exists' rt run -b "$work/b" web
}

test_signals_go_to_the_command() {
  bundle b 'process.args = ["sh", "-c", "trap \"exit 9\" TERM; echo ready; while :; do sleep 0.05; done"]'
  "$runtime" --root "$states" run -b "$work/b" web >"$work/run.out" </dev/null &
  local runner=$!
  wait_until 5 grep -q ready "$work/run.out"
  kill -TERM $runner
  rc=0
  wait $runner || rc=$?
  assert_rc 9
  assert_eq "$(rt list -q)" ""
}

test_terminal() {
  bundle b 'process.args = ["sh"]' 'process.terminal = True'
  on_terminal 'expect # 
send stty size; exit 4\r
expect 24 80' "$runtime" --root "$states" run -b "$work/b" web
  assert_rc 4
}

# Typed before the container had the terminal: a line, and the key that ends the input.
test_what_was_typed_ahead_reaches_the_terminal() {
  bundle b 'process.args = ["cat"]' 'process.terminal = True'
  on_terminal 'expect begin
send early\r\x04
expect early\s+early\s+early' bash -c 'echo begin; until read -rt 0; do :; done; exec "$@"' - \
    "$MINIDOCK_BINARY" runtime --root "$states" run -b "$work/b" web
  assert_rc 0
  assert_no_match "$out" '\^@'
}

test_a_terminal_into_a_pipe_has_plain_lines() {
  bundle b 'process.args = ["echo", "line"]' 'process.terminal = True'
  on_terminal '' bash -c '"$@" >"$0"' "$work/lines" "$MINIDOCK_BINARY" runtime --root "$states" run -b "$work/b" web
  assert_rc 0
  assert_eq "$(od -An -c "$work/lines")" "$(printf 'line\n' | od -An -c)"
}

test_a_command_that_is_not_there() {
  bundle b 'process.args = ["nope"]'
  refused 1 'exec: "nope": executable file not found in \$PATH' rt run -b "$work/b" web
  assert_eq "$(rt list -q)" ""
}

test_orphans_are_reaped() {
  bundle b 'process.args = ["sh", "-c", "(sleep 0.1; exit 3) & exec sleep 0.3"]' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "pid"]' 'mounts = []'
  try rt run -b "$work/b" web
  assert_rc 0
}

test_spec_writes_once() {
  mkdir "$work/s"
  rt spec --bundle "$work/s"
  assert_eq "$(field process args 0 <"$work/s/config.json")" sh
  refused 1 'File config.json exists. Remove it first' rt spec --bundle "$work/s"
  rm "$work/s/config.json"
  rt spec --rootless --bundle "$work/s"
  assert_contains "$(field linux namespaces <"$work/s/config.json")" '"user"'
}
run_tests
