#!/bin/bash
# A further process in a container: as the shim and conmon ask for it, by a file, and as a person does, by words.
. "$(dirname "$0")/../support/bundle.sh"

sleeper() {
  bundle b 'process.args = ["sleep", "1000"]' "$@"
  running web b
}

test_streams_and_status_are_the_commands() {
  sleeper
  try rt exec web sh -c 'echo out; echo err >&2; exit 42'
  assert_rc 42
  assert_eq "$out" out
  assert_eq "$err" err
  try rt exec web cat < <(seq 20000)
  assert_eq "$out" "$(seq 20000)"
  try rt exec web sh -c 'kill -9 $$'
  assert_rc 137
}

test_it_is_in_the_container() {
  sleeper
  local name
  for name in mnt pid net ipc uts cgroup; do
    assert_eq "$(rt exec web readlink /proc/self/ns/$name)" "$(readlink "/proc/$(pid_of web)/ns/$name")"
  done
  assert_eq "$(rt exec web readlink /proc/self/ns/user)" "$(readlink /proc/self/ns/user)"
  assert_match "$(rt exec web cat /proc/1/cmdline | tr '\0' ' ')" '^sleep 1000'
  assert_eq "$(rt exec web cat /proc/self/cgroup | sort)" "$(rt exec web cat /proc/1/cgroup | sort)"
}

test_options_change_the_containers_process() {
  sleeper
  assert_eq "$(rt exec --cwd /bin web pwd)" /bin
  assert_eq "$(rt exec -e A=1 --env B=2 web sh -c 'echo $A$B')" 12
  assert_eq "$(rt exec --user 1000:100 -g 7 -g 8 web sh -c 'id -u; id -G' | xargs)" "1000 100 7 8"
  local plain more
  plain=$(rt exec web grep CapBnd /proc/self/status)
  more=$(rt exec --cap CAP_SYS_ADMIN web grep CapBnd /proc/self/status)
  assert_ne "$plain" "$more"
}

test_an_added_capability_is_ambient_where_it_is_inheritable() {
  sleeper 'process.capabilities.inheritable = ["CAP_KILL"]'
  assert_match "$(rt exec --cap CAP_KILL web grep CapAmb /proc/self/status)" 0000000000000020$
  assert_match "$(rt exec --cap CAP_SYS_ADMIN web grep CapAmb /proc/self/status)" 0000000000000000$
}

test_the_callers_processors_bind_neither_container_nor_exec() {
  requires taskset
  bundle b 'process.args = ["sleep", "1000"]'
  local allowed
  allowed=$(grep Cpus_allowed_list /proc/self/status)
  taskset -c "$(nproc --all | awk '{ print $1 - 1 }')" "$MINIDOCK_BINARY" runtime --root "$states" create \
    -b "$work/b" web </dev/null >/dev/null 2>&1
  rt start web
  assert_eq "$(grep Cpus_allowed_list "/proc/$(pid_of web)/status")" "$allowed"
  assert_eq "$(taskset -c 0 "$MINIDOCK_BINARY" runtime --root "$states" exec web grep Cpus_allowed_list /proc/self/status)" \
    "$allowed"
}

test_process_file() {
  sleeper
  cat >"$work/process.json" <<'END'
{"args": ["sh", "-c", "echo $NAME in $PWD as $(id -u)"], "cwd": "/tmp", "env": ["NAME=file", "PATH=/bin"],
 "user": {"uid": 7, "gid": 7}}
END
  try rt exec --process "$work/process.json" web
  assert_rc 0
  assert_eq "$out" "file in /tmp as 7"
  refused 255 'not both' rt exec --process "$work/process.json" web true
}

test_detached_one_tells_its_number() {
  sleeper
  rt exec --detach --pid-file "$work/pid" web sleep 1001 </dev/null >/dev/null 2>&1
  assert_match "$(tr '\0' ' ' <"/proc/$(cat "$work/pid")/cmdline")" '^sleep 1001'
  assert_eq "$(awk '{ print $4 }' "/proc/$(cat "$work/pid")/stat")" 1 "its parent"
  assert_eq "$(rt ps -f json web | tr , '\n' | wc -l)" 2
}

test_terminal() {
  sleeper
  on_terminal 'expect # 
send tty; exit 3\r
expect /dev/pts/' "$runtime" --root "$states" exec -t web sh
  assert_rc 3
  refused 255 'cannot allocate tty if runc will detach without setting console socket' rt exec -d -t web sh
}

test_refusals() {
  sleeper
  refused 255 'exec: "nope": executable file not found in \$PATH' rt exec web nope
  refused 255 'exec: "/etc/passwd": permission denied' rt exec web /etc/passwd
  printf '#!/no/interpreter -x\n' >"$work/b/rootfs/script"
  chmod 755 "$work/b/rootfs/script"
  refused 255 'exec /script: no such file or directory: its interpreter .*: /no/interpreter -x' rt exec web /script
  printf '\177ELF' >"$work/b/rootfs/script"
  refused 255 'exec /script: exec format error' rt exec web /script
  refused 255 'process args cannot be empty' rt exec web
  refused 255 'pid file' rt exec --pid-file /no/such/directory/pid web true
  refused 255 'container does not exist' rt exec other true
  rt pause web
  refused 255 'cannot exec in a paused container' rt exec web true
  rt resume web
  rt kill web KILL
  wait_until 5 has_status web stopped
  refused 255 'cannot exec in a stopped container' rt exec web true
}

test_ignore_paused_waits_for_resume() {
  sleeper
  rt pause web
  rt exec --ignore-paused web echo ok >"$work/exec.out" &
  local waiting=$!
  has_two() { [ "$(rt ps -f json web | tr , '\n' | wc -l)" = 2 ]; }
  wait_until 5 has_two
  assert_empty "$(cat "$work/exec.out")"
  rt resume web
  wait $waiting
  assert_eq "$(cat "$work/exec.out")" ok
}

test_in_a_created_container() {
  bundle b 'process.args = ["sleep", "1000"]'
  created web b
  assert_eq "$(rt exec web echo hello)" hello
}

test_sub_cgroups() {
  requires cgroup-memory
  sleeper
  refused 255 'bad sub cgroup path' rt exec --cgroup .. web true
  refused 255 ' adding pid .*no such file or directory' rt exec --cgroup nonexistent web true
  refused 255 'unknown controller ' rt exec --cgroup whatever:/ web true
  rt exec --cgroup / web true
}

test_preserved_descriptors() {
  sleeper
  assert_eq "$(rt exec --preserve-fds 1 web cat /proc/self/fd/3 3< <(echo three))" three
  refused 255 "please check that preserved-fds' fd 3 exists" rt exec --preserve-fds 1 web true 3<&-
  # security: nothing else of ours may reach the command (CVE-2024-21626).
  assert_eq "$(rt exec web sh -c 'ls /proc/self/fd | wc -l' 7</dev/null)" 4
}

test_many_at_once() {
  sleeper
  local i failed=0 all=()
  for i in 1 2 3 4 5 6 7 8; do
    (test "$(rt exec web echo "$i")" = "$i") &
    all+=($!)
  done
  for i in "${all[@]}"; do wait "$i" || failed=$((failed + 1)); done
  assert_eq $failed 0
}
run_tests
