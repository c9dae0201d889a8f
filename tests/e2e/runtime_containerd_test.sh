#!/bin/bash
# containerd runs its containers on minidock's OCI runtime: by `ctr run --runc-binary`, and its CRI plug-in takes the
# file docs/scale-out/containerd.toml.
. "$(dirname "$0")/../support/peers.sh"

engine=$work/engine
cat >"$engine" <<END
#!/bin/bash
exec ctr --address "$work/containerd.sock" "\$@"
END
chmod +x "$engine"
requires image-busybox
rootfs=$work/rootfs
mkdir "$rootfs"
tar -xf "$(fixture busybox)" -C "$rootfs" || exit 1

containerd --config "$top/docs/scale-out/containerd.toml" --root "$work/data" --state "$work/state" \
  --address "$work/containerd.sock" >"$work/containerd.log" 2>&1 &
daemon=$!
wait_until 60 "$engine" version

# run WORD...: ctr's own words and `busybox`, then the ID and the command.
run() {
  local words=()
  while [ "$1" != busybox ]; do words+=("$1"); shift; done
  shift
  "$engine" run --runc-binary "${binary:-$runtime}" --rootfs --env PATH=/bin "${words[@]}" "$rootfs" "$@"
}
task() { "$engine" task "$@"; }
status_of() { task ls | awk -v id="$1" '$1 == id { print $3 }'; }
is_in_state() { [ "$(status_of "$1")" = "$2" ]; }
started() {
  try run -d "$@"
  assert_rc 0
}

remove_containers() {
  local name
  for name in $(task ls -q); do
    task kill -s KILL "$name" >/dev/null 2>&1
    task rm -f "$name" >/dev/null 2>&1
  done
  for name in $("$engine" containers ls -q); do "$engine" containers rm "$name" >/dev/null; done
}

after_tests() {
  kill "$daemon"
  wait "$daemon"
  find /sys/fs/cgroup -depth -type d -name default -exec rmdir {} \;
}

test_configuration_is_taken() {
  try "$engine" plugins ls id==cri
  assert_match "$out" 'io.containerd.grpc.v1 +cri +[^ ]+ +ok'
  try containerd --config "$top/docs/scale-out/containerd.toml" config dump
  assert_match "$out" 'runtimes.minidock.options\][^[]*BinaryName = "/usr/local/bin/minidock-runtime"'
}

test_streams_and_status() {
  try run --rm busybox one sh -c 'echo out; echo err >&2; exit 7'
  assert_rc 7
  assert_eq "$out" out
  assert_eq "$err" err
}

# More than the pipes on the way hold: ctr 1.6 forgets an end of input that it meets before the start.
test_stdin() {
  try timeout 60 "$engine" run --runc-binary "$runtime" --rootfs --env PATH=/bin --rm "$rootfs" one sh -c 'cat; echo end' \
    < <(seq 100000)
  assert_rc 0
  assert_eq "$out" "$(seq 100000; echo end)"
}

test_terminal() {
  on_terminal 'expect # 
send tty; stty size\r
expect /dev/pts/0
resize 33 99
send sleep 0.5; stty size\r
expect 33 99
send exit 5\r' "$engine" run --runc-binary "$runtime" --rootfs --env PATH=/bin --rm -t "$rootfs" one sh
  assert_rc 5
}

test_command_that_is_not_there() {
  try run --rm busybox one no-such-program
  assert_ne "$rc" 0
  assert_match "$err" "no such file or directory|executable file .*not found"
}

test_detached_kill_and_delete() {
  started busybox one sh -c 'trap "exit 9" TERM; while :; do sleep 0.1; done'
  wait_until 10 is_in_state one RUNNING
  wait_until 10 traps_term "$(task ls | awk '$1 == "one" { print $2 }')"
  try task kill one
  assert_rc 0
  wait_until 10 is_in_state one STOPPED
  try task kill one
  assert_ne "$rc" 0
  assert_match "$err" "process already finished"
  try task rm one
  assert_contains "$err" "exit code 9"
  wait_until 5 no_cgroup_of one
}
traps_term() { [ $((0x$(awk '$1 == "SigCgt:" { print $2 }' "/proc/$1/status") & 1 << 14)) != 0 ]; }

test_exec() {
  started busybox one sleep 1000
  try timeout 60 "$engine" task exec --exec-id a one sh -c 'wc -l; exit 3' < <(seq 100000)
  assert_rc 3
  assert_eq "$out" 100000
  try task exec --exec-id b --user 1000:1000 --cwd /tmp one sh -c 'id -u; id -g; pwd'
  assert_rc 0
  assert_eq "$out" $'1000\n1000\n/tmp'
  on_terminal 'expect # 
send tty; exit 6\r
expect /dev/pts/' "$engine" task exec --exec-id c -t one sh
  assert_rc 6
  try task exec --exec-id d one no-such-program
  assert_ne "$rc" 0
  assert_match "$err" "no such file or directory|executable file .*not found"
  try task exec --exec-id e -d one touch /tmp/detached
  assert_rc 0
  wait_until 10 test -e "$rootfs/tmp/detached"
}

test_processes() {
  started busybox one sh -c 'sleep 1234 & wait'
  wait_until 10 two_processes
  try task ps one
  assert_rc 0
}
two_processes() { [ "$(task ps one | wc -l)" = 3 ]; }

test_pause() {
  started busybox one sleep 1000
  try task pause one
  assert_rc 0
  assert_eq "$(status_of one)" PAUSED
  is_frozen one || fail "not frozen"
  try task resume one
  assert_rc 0
  assert_eq "$(status_of one)" RUNNING
  ! is_frozen one || fail "still frozen"
}

test_limits() {
  requires cgroup-memory
  started --memory-limit $((64 << 20)) --cpus 0.5 busybox one sleep 1000
  assert_eq "$(cgroup_value one memory memory.limit_in_bytes memory.max)" $((64 << 20))
  try task metrics one
  assert_rc 0
  started --memory-limit $((32 << 20)) busybox two dd if=/dev/zero of=/dev/null bs=200M count=1
  wait_until 20 is_in_state two STOPPED
  try task rm two
  assert_contains "$err" "exit code 137"
}

test_mount_and_environment() {
  mkdir -p "$work/volume"
  echo file >"$work/volume/file"
  try run --rm --mount "type=bind,src=$work/volume,dst=/mnt,options=rbind:ro" --env WORD=word --cwd /mnt --read-only \
    busybox one sh -c 'cat file; echo $WORD; touch new 2>/dev/null; touch /new 2>/dev/null; ls'
  assert_rc 0
  assert_eq "$out" $'file\nword\nfile'
}

test_seccomp() {
  try run --rm --seccomp busybox one grep -E 'Seccomp:|NoNewPrivs' /proc/self/status
  assert_rc 0
  assert_contains "$(xargs <<<"$out")" "Seccomp: 2"
}

# The shim knows these cases by the runtime's words, and gives its caller words of its own for them.
test_kill_of_one_that_has_just_ended() {
  echo ended >"$work/race"
  binary=$work/racing started busybox one sleep 1000
  try timeout 60 "$engine" task kill one
  assert_match "$(cat "$work/said")" "container not running|no such process|process already finished"
  assert_match "$err" "process already finished"
  wait_until 20 is_in_state one STOPPED
}

test_kill_of_one_that_is_not_there() {
  echo removed >"$work/race"
  binary=$work/racing started busybox one sleep 1000
  try timeout 60 "$engine" task kill one
  assert_match "$(cat "$work/said")" "does not exist"
  assert_match "$err" "no such container"
  wait_until 20 is_in_state one STOPPED
}
run_tests
