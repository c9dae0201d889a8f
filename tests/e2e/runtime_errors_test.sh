#!/bin/bash
# What callers read when something goes wrong: statuses, texts, the last line of the log; and what they ask beforehand.
. "$(dirname "$0")/../support/bundle.sh"

test_unknown_containers() {
  local verb
  for verb in state start kill delete pause resume ps 'events --stats' 'update --pids-limit 9'; do
    # shellcheck disable=SC2086
    refused 1 '^minidock-runtime: container does not exist$' rt $verb nobody
  done
  try rt delete --force nobody
  assert_rc 0
  assert_empty "$err"
}

test_ids() {
  bundle b 'process.args = ["true"]'
  local id
  for id in a/b ../x . .. 'a b' 'a;b' $'a\nb' '~a'; do
    refused 1 'invalid container ID format' rt create -b "$work/b" "$id"
  done
  refused 1 'container id cannot be empty' rt create -b "$work/b" ''
  created 'a+b,c.d_E-1' b
  refused 1 'container with given ID already exists' rt create -b "$work/b" 'a+b,c.d_E-1'
}

test_log_is_one_line() {
  refused 1 'container does not exist' rt --log "$work/log.json" --log-format json state nobody
  assert_eq "$(wc -l <"$work/log.json")" 1
  assert_match "$(cat "$work/log.json")" '^\{"level":"error","msg":"container does not exist","time":"20[0-9-]+T[0-9:]+Z"\}$'
  refused 1 'container does not exist' rt --log="$work/log.text" state nobody
  assert_match "$(cat "$work/log.text")" '^time="20[0-9-]+T[0-9:]+Z" level=error msg="container does not exist"$'
  refused 1 'invalid log-format: xml' rt --log-format xml state nobody
}

test_debug_logs_the_steps() {
  bundle b 'process.args = ["true"]'
  try rt --debug --log "$work/debug.log" run -b "$work/b" web
  assert_rc 0
  assert_empty "$err"
  assert_contains "$(cat "$work/debug.log")" 'level=debug msg="'
  assert_contains "$(cat "$work/debug.log")" 'clone3'
  assert_no_match "$(cat "$work/debug.log")" 'seccomp filter flags'
  configure "$work/b" 'linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"]}'
  rt --debug --log "$work/debug.log" run -b "$work/b" web
  assert_contains "$(cat "$work/debug.log")" 'level=debug msg="seccomp filter flags: 2"'
}

test_usage() {
  refused 1 "requires 1 argument" rt create
  refused 1 'unknown flag: --bogus' rt kill --bogus x
  refused 1 'unknown command: minidock runtime statt; did you mean runtime start or runtime state' rt statt
  refused 1 'unknown signal "FOO"' rt kill x FOO
  try rt
  assert_rc 0
  assert_contains "$out" "Usage: minidock runtime COMMAND"
  try rt kill --help
  assert_rc 0
  assert_contains "$out" "minidock runtime kill [OPTIONS] ID [SIGNAL]"
}

test_bundles() {
  refused 1 'open bundle: .*No such file or directory' rt create -b "$work/nowhere" web
  mkdir -p "$work/empty"
  refused 1 'the bundle has no config.json' rt create -b "$work/empty" web
  bundle b 'linux.resources.memory = {"limit": "much"}'
  refused 1 'linux.resources.memory.limit: ' rt create -b "$work/b" web
  bundle b 'root.path = "nothing"'
  refused 1 "open the container's root nothing: No such file or directory" rt create -b "$work/b" web
  assert_eq "$(rt list -q 2>/dev/null)" ""
}

test_a_failed_create_leaves_nothing() {
  bundle b 'process.args = ["nope"]'
  refused 1 'exec: "nope": executable file not found in \$PATH' rt create -b "$work/b" web
  bundle b 'process.args = ["true"]' 'mounts = [{"destination": "/x", "type": "bind", "source": "/no/such", "options": ["bind"]}]'
  refused 1 '/no/such' rt create -b "$work/b" web
  assert_eq "$(ls -A "$states")" ""
  assert_empty "$(find /sys/fs/cgroup -type d -name web)"
}

test_terminals_need_a_holder() {
  bundle b 'process.args = ["sh"]' 'process.terminal = True'
  refused 1 'cannot allocate tty if runc will detach without setting console socket' rt create -b "$work/b" web
  refused 1 'cannot allocate tty if runc will detach without setting console socket' rt run -d -b "$work/b" web
  refused 1 'connect to /nowhere: ' rt create --console-socket /nowhere -b "$work/b" web
}

test_console_socket() {
  bundle b 'process.args = ["sh", "-c", "stty size; tty"]' 'process.terminal = True' \
    'process.consoleSize = {"height": 33, "width": 99}'
  python3 - "$work/console" >"$work/console.out" <<'END' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
name, fds, _, _ = socket.recv_fds(listener.accept()[0], 4096, 1)
print(name.decode(), flush=True)
try:
    while data := os.read(fds[0], 4096):
        print(data.decode(), end="", flush=True)
except OSError:
    pass
END
  wait_until 20 grep -q listening "$work/console.out"
  rt create --console-socket "$work/console" -b "$work/b" web
  rt start web
  wait_until 5 has_status web stopped
  wait
  assert_contains "$(cat "$work/console.out")" '/dev/pts/'
  assert_contains "$(cat "$work/console.out")" '33 99'
}

test_a_cgroup_of_others_is_refused() {
  requires cgroup-pids
  bundle b 'process.args = ["sleep", "1000"]'
  running one b
  bundle c 'process.args = ["sleep", "1000"]' 'linux.cgroupsPath = "/one"'
  refused 1 "container's cgroup is not empty" rt create -b "$work/c" two
}

test_versions_and_features() {
  assert_match "$(rt --version)" '^minidock-runtime version [0-9.]+'
  assert_match "$(rt -v)" 'spec: 1\.2\.0'
  local features
  features=$(rt features)
  assert_eq "$(field ociVersionMin <<<"$features")" 1.0.0
  assert_eq "$(field ociVersionMax <<<"$features")" 1.2.0
  assert_eq "$(field linux mountExtensions idmap enabled <<<"$features")" true
  assert_contains "$(field mountOptions <<<"$features")" '"rro"'
  assert_contains "$(field linux namespaces <<<"$features")" '"time"'
  assert_contains "$(field linux capabilities <<<"$features")" '"CAP_CHECKPOINT_RESTORE"'
  assert_contains "$(field linux seccomp actions <<<"$features")" '"SCMP_ACT_NOTIFY"'
}

test_by_either_name() {
  mkdir -p "$states"
  local name
  for name in runtime minidock minidock-runtime; do
    ln -sf "$MINIDOCK_BINARY" "$work/minidock-runtime"
    case $name in
      runtime) set -- "$runtime" ;;
      minidock) set -- "$MINIDOCK_BINARY" runtime ;;
      *) set -- "$work/minidock-runtime" ;;
    esac
    try "$@" --root "$states" list
    assert_rc 0
    assert_match "$out" '^ID '
    refused 1 '^minidock-runtime: container does not exist' "$@" --root "$states" state nobody
  done
}

# The small program cannot load libsystemd: minidock beside it does what needs it.
test_systemd_needs_the_whole_program() {
  [ ! -L "$runtime" ] || skip "minidock-runtime is no program of its own in this build"
  bundle b 'linux.cgroupsPath = "system.slice:test:web"'
  cp "$runtime" "$work/alone"
  refused 1 "by the program $work/minidock, which should stand beside" \
    "$work/alone" --root "$states" --systemd-cgroup create -b "$work/b" web
  if [ -d /run/systemd/system ]; then return; fi
  refused 1 'not booted with systemd' rt --systemd-cgroup create -b "$work/b" web
  assert_eq "$(ls -A "$states" 2>/dev/null)" ""
}

test_list_of_a_root_that_is_not_there() {
  refused 1 'No such file or directory' minidock runtime --root "$work/not-there" list
  try minidock runtime list
  assert_rc 0
}
run_tests
