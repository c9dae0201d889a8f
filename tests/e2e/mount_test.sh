# mount and unmount: a container's files where the host sees them, and nothing mounted afterwards.
. "$(dirname "$0")/../support/e2e.sh"

mounts() { grep -c " $MINIDOCK_RUN_ROOT/mounts/" /proc/self/mountinfo; }
has_begun_in_mount() { grep -q begun "$1/log"; }

test_mount_of_a_stopped_one() {
  image busybox
  minidock create --name web busybox cat /from/host >/dev/null
  try minidock mount web
  assert_rc 0
  assert_eq "$out" "$MINIDOCK_RUN_ROOT/mounts/$(minidock inspect -f '{{.Id}}' web)"
  assert_eq "$(minidock mount web)" "$out" "once more"
  assert_eq "$(mounts)" 1
  mkdir "$out/from"
  echo hello >"$out/from/host"
  assert_eq "$(minidock start -a web)" hello
  assert_eq "$(mounts)" 1 "it is there again after a start"
  assert_eq "$(cat "$out/from/host")" hello
  assert_eq "$(minidock diff web)" $'A /from\nA /from/host'
  assert_contains "$(minidock export web | tar t)" from/host
  assert_eq "$(minidock cp web:/from/host - | tar xO)" hello
  assert_eq "$(minidock unmount web)" web
  assert_eq "$(mounts)" 0
  assert_eq "$(ls "$MINIDOCK_RUN_ROOT/mounts" | wc -l)" 0
}

test_mount_of_a_running_one() {
  image busybox
  minidock run -d --name web --tmpfs /t busybox sh -c 'echo begun >/log; exec sleep 1000' >/dev/null
  local path
  path=$(minidock mount web)
  wait_until 10 has_begun_in_mount "$path"
  echo out >"$path/new"
  assert_eq "$(minidock exec web cat /new)" out
  minidock exec web sh -c 'echo in >/new; echo x >/t/hidden'
  assert_eq "$(cat "$path/new")" in
  assert_empty "$(ls "$path/t")" "its other mounts are left out"
  minidock stop -t 0 web >/dev/null
  assert_eq "$(cat "$path/new")" in "after its end"
  minidock start web >/dev/null
  minidock exec web sh -c 'echo again >/new'
  assert_eq "$(cat "$path/new")" again
  assert_match "$(grep " $path " /proc/self/mountinfo)" ' rw,nosuid,nodev,'
  try minidock rm -f web
  assert_rc 0
  assert_eq "$(mounts)" 0
  assert_no_match "$(ls "$MINIDOCK_RUN_ROOT/mounts")" .
}

test_lists() {
  image busybox
  minidock create --name one busybox true >/dev/null
  minidock create --name two busybox true >/dev/null
  assert_empty "$(minidock mount)"
  assert_eq "$(minidock mount --format json)" "[]"
  minidock mount one two >/dev/null
  assert_eq "$(minidock mount | wc -l)" 2
  assert_match "$(minidock mount)" "^[0-9a-f]{12} +$MINIDOCK_RUN_ROOT/mounts/[0-9a-f]{64}"
  assert_match "$(minidock mount --no-trunc)" "^[0-9a-f]{64} +/"
  assert_match "$(minidock mount --format json)" '"Names": \['
  assert_eq "$(minidock unmount -a | wc -l)" 2
  assert_eq "$(minidock mount -a | wc -l)" 2
  assert_eq "$(minidock container umount -a -f | wc -l) $(mounts)" "2 0"
}

test_a_mount_in_use() {
  image busybox
  minidock create --name web busybox true >/dev/null
  local path
  path=$(minidock mount web)
  exec 9<"$path/bin/busybox"
  refused 1 'a process is in there; end it, or minidock unmount -f web' minidock unmount web
  refused 1 'a process is in there' minidock start web
  assert_eq "$(minidock unmount -f web) $(mounts)" "web 0"
  minidock mount web >/dev/null
  assert_eq "$(minidock rm web) $(mounts)" "web 0"
  exec 9<&-
}

# What a killed command or another mount namespace leaves is found, and goes with the next command.
test_leftovers() {
  image busybox
  local id path
  id=$(printf '%064d' 7)
  path=$MINIDOCK_RUN_ROOT/mounts/$id
  mkdir -p "$path"
  mount -t tmpfs left "$path"
  try minidock system check
  assert_contains "$out$err" "leftover mount"
  minidock ps >/dev/null
  assert_eq "$(mounts)" 0
  minidock system check >/dev/null
  minidock create --name web busybox true >/dev/null
  path=$(minidock mount web)
  unshare -m sh -c 'touch "$0/ready"; exec sleep 1000' "$work" &
  wait_until 10 test -e "$work/ready"
  grep -q " $path " "/proc/$!/mountinfo" || fail "the other namespace has no copy"
  minidock rm web >/dev/null
  assert_no_match "$(cat "/proc/$!/mountinfo")" "$path"
  kill $!
}

test_restarts_keep_it() {
  image busybox
  minidock run -d --name loop --restart on-failure:2 busybox sh -c 'sleep 0.3; echo run >>/log; exit 1' >/dev/null
  local path
  path=$(minidock mount loop)
  thrice() { [ "$(grep -c run "$path/log")" = 3 ]; }
  wait_until 20 thrice
  minidock wait loop >/dev/null
  assert_eq "$(mounts)" 1
  minidock rm -f loop >/dev/null
}

test_mount_refusals() {
  image busybox
  minidock create --name web busybox true >/dev/null
  refused 1 'No such container: nope' minidock mount nope
  refused 1 'it is not mounted' minidock unmount web
  refused 125 'cannot combine names with --all' minidock mount -a web
  refused 125 'unknown --format argument: yaml' minidock mount --format yaml
  try minidock unmount
  assert_rc 1
}

run_tests
