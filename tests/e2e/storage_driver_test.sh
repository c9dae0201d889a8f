# The storage driver erofs: what is its own. That the verbs work as ever with it is shown by their own tests, with overlay by NAME_overlay.
. "$(dirname "$0")/../support/e2e.sh"
export MINIDOCK_STORAGE_DRIVER=erofs

requires_erofs() {
  minidock images >/dev/null 2>"$work/.reason" || { echo "skipped: $(cat "$work/.reason")" >&2; exit $kSkip; }
}
mounted() { grep -cF " $MINIDOCK_RUN_ROOT/images/" /proc/self/mountinfo || true; }

test_nothing_is_unpacked_and_one_mount_serves_all() {
  requires_erofs
  image busybox
  assert_empty "$(find "$MINIDOCK_ROOT/layers" -mindepth 2 ! -name tree ! -name layer.json)" "what lies beside the trees"
  umount "$MINIDOCK_RUN_ROOT"/images/* 2>/dev/null || true
  try minidock run --name one busybox sh -c 'echo changed >/etc/passwd; cat /etc/passwd'
  assert_rc 0
  assert_eq "$out" changed
  assert_eq "$(mounted)" 1
  try minidock run --rm busybox head -c 4 /etc/passwd
  assert_eq "$out" root
  assert_eq "$(mounted)" 1
  assert_match "$(grep -F " $MINIDOCK_RUN_ROOT/images/" /proc/self/mountinfo)" ' ro,nosuid,nodev.* - erofs '
  assert_eq "$(minidock info -f '{{.Driver}}')" erofs
  assert_eq "$(minidock inspect -f '{{.GraphDriver.Name}}' busybox)" erofs
}

test_many_at_once_mount_it_once() {
  requires_erofs
  image busybox
  umount "$MINIDOCK_RUN_ROOT"/images/* 2>/dev/null || true
  local number pids=()
  for number in 1 2 3 4 5 6; do
    "$MINIDOCK_BINARY" run --rm busybox true & pids+=($!)
  done
  wait "${pids[@]}"
  assert_eq "$(mounted)" 1
}

test_another_mount_namespace_makes_its_own() {
  requires_erofs
  image busybox
  umount "$MINIDOCK_RUN_ROOT"/images/* 2>/dev/null || true
  try unshare --mount --propagation private "$MINIDOCK_BINARY" run --rm busybox echo there
  assert_rc 0
  assert_eq "$out" there
  assert_eq "$(mounted)" 0
  try minidock run --rm busybox echo here
  assert_eq "$out" here
  assert_eq "$(mounted)" 1
}

test_a_lost_file_and_a_lost_place_are_made_again() {
  requires_erofs
  image busybox
  minidock run --rm busybox true
  umount "$MINIDOCK_RUN_ROOT"/images/*
  rm -r "$MINIDOCK_RUN_ROOT/images" "$MINIDOCK_ROOT"/images/*.erofs
  try minidock system check
  assert_rc 0
  try minidock run --rm busybox echo again
  assert_eq "$out" again
}

test_rmi_takes_the_mount_away() {
  requires_erofs
  image busybox
  minidock create --name keeper busybox true >/dev/null
  minidock start -a keeper
  try minidock rmi busybox
  assert_rc 1
  assert_eq "$(mounted)" 1
  minidock rm keeper >/dev/null
  # The same layers under another ID: the mount is theirs, too.
  minidock import -q --change 'CMD ["sh"]' "$(fixture busybox)" other >/dev/null
  minidock rmi busybox >/dev/null
  assert_eq "$(mounted)" 1
  minidock rmi other >/dev/null
  assert_eq "$(mounted)" 0
  assert_empty "$(ls "$MINIDOCK_ROOT/images" "$MINIDOCK_RUN_ROOT/images" | grep -v :)"
}

test_a_store_keeps_its_driver() {
  requires_erofs
  refused 1 'use storage driver overlay: the store .* was made with erofs' minidock --storage-driver overlay images
  refused 1 'use storage driver zfs: there is none of this name; choose overlay or erofs' minidock --storage-driver zfs images
  try env -u MINIDOCK_STORAGE_DRIVER "$MINIDOCK_BINARY" info -f '{{.Driver}}'
  assert_eq "$out" erofs
}

# without_a_word COMMAND...: info of a new store for which no driver is asked for; COMMAND goes before minidock.
info_without_a_word() {
  try env -u MINIDOCK_STORAGE_DRIVER "$@" "$MINIDOCK_BINARY" --root "$at/root" --run-root "$work/other-run" info
  rm -rf "${at:?}/root" "$work/other-run"
  assert_rc 0
}

test_a_new_store_gets_what_works() {
  requires_erofs
  local at=$work/new
  info_without_a_word env
  assert_match "$out" $'Storage Driver: erofs\n Chosen: erofs works here: an image was mounted and read when the store was made\n'
  # A kernel that refuses, at each step of the way.
  local call
  for call in fsopen move_mount; do
    info_without_a_word "$MINIDOCK_BUILD_DIR/tests/without_syscalls" "$call"
    assert_match "$out" $'Storage Driver: overlay\n Chosen: erofs does not work here: [^\n]*Function not implemented\n'
  done
}

# The kernel reads EROFS out of files by folios; those of a tmpfs are not read so.
test_where_the_file_system_cannot() {
  requires_erofs
  local at=$work/tmpfs
  mkdir "$at"
  mount -t tmpfs tmpfs "$at"
  info_without_a_word env
  local chosen=$out
  try minidock --root "$at/root" --run-root "$work/tmpfs-run" images
  umount "$at"
  assert_rc 1
  assert_match "$err" "use storage driver erofs for .*/tmpfs/root: .*plain file.*; --storage-driver overlay works here"
  assert_match "$chosen" $'Storage Driver: overlay\n Chosen: erofs does not work here: mount an image in [^\n]*/tmpfs/root: '
}

# It is chosen once: what worked yesterday and does not today is an error, and no second choice.
test_the_choice_is_kept() {
  requires_erofs
  image busybox
  try "$MINIDOCK_BUILD_DIR/tests/without_syscalls" fsopen "$MINIDOCK_BINARY" info -f '{{.Driver}}'
  assert_eq "$out" erofs
  try env -u MINIDOCK_STORAGE_DRIVER "$MINIDOCK_BINARY" --storage-driver overlay --root "$work/asked" --run-root "$work/asked-run" \
    info -f '{{.Driver}} {{json .DriverStatus}}'
  assert_eq "$out" 'overlay [["Chosen","asked for when the store was made"]]'
  rm -rf "$work/asked" "$work/asked-run"
  try minidock --explain create busybox true
  assert_match "$err" 'shown by the storage driver erofs:'
}
run_tests
