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
# Another reader of the format than the kernel: it finds no fault, and reads what is there. Versions before 1.9 may not know
# blocks of 512 bytes; Debian 12 has 1.5.
requires_fsck_erofs() {
  local version
  version=$(fsck.erofs --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+' | head -n 1) || true
  [ -n "$version" ] && [ "$(printf '%s\n1.9\n' "$version" | sort -V | head -n 1)" = 1.9 ] && return
  echo "skipped: no fsck.erofs 1.9 or later here (${version:-none}): erofs-utils have not looked at the images" >&2
  exit $kSkip
}

# devices_of IMAGE: the digits of the layers whose tars are its devices, from its table (store/erofs/format.h).
devices_of() {
  python3 -c '
import struct, sys
head = open(sys.argv[1], "rb").read(1536 + 128 * 500)
for slot in range(struct.unpack_from("<H", head, 1024 + 86)[0]):
    print(head[1536 + 128 * slot:][:64].decode())' "$1"
}

hard_cases() {
  python3 - "$1" <<'PY'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "a", format=tarfile.PAX_FORMAT) as tar:
    def add(name, data=b"", **more):
        entry = tarfile.TarInfo("hard/" + name)
        entry.size = len(data)
        for key, value in more.items(): setattr(entry, key, value)
        tar.addfile(entry, io.BytesIO(data))
    add("file", b"hello" * 1000)
    add("link", type=tarfile.LNKTYPE, linkname="hard/file")
    add("far", type=tarfile.SYMTYPE, linkname="x" * 1500)
    add("xattrs", b"q", pax_headers={"SCHILY.xattr.user.one": "v" * 300, "SCHILY.xattr.user.two": "2"})
    add("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
    add("pipe", type=tarfile.FIFOTYPE)
    add("n" * 200 + "/" + "m" * 255, b"name")
    for number in range(3000): add("many/%05d" % number)
PY
}

test_erofs_utils_find_no_fault() {
  requires_erofs
  requires_fsck_erofs
  cp "$(fixture busybox)" "$work/hard.tar"
  hard_cases "$work/hard.tar"
  minidock import -q "$work/hard.tar" hard >/dev/null
  minidock run --name upper hard sh -c 'cd hard; rm -r many/00001 link; echo more >>file; mkdir -p new/er; rm -r n*/; mkdir many2'
  minidock commit upper harder >/dev/null
  minidock run --rm harder true
  local image device options extracted=$work/extracted number=0
  for image in "$MINIDOCK_ROOT"/images/*.erofs; do
    options=()
    for device in $(devices_of "$image"); do options+=("--device=$MINIDOCK_ROOT/blobs/sha256/$device"); done
    try fsck.erofs "${options[@]}" --extract="$extracted.$((number += 1))" "$image"
    assert_rc 0
  done
  minidock create --name shown harder true >/dev/null
  mkdir "$work/exported"
  minidock export shown | tar -xC "$work/exported" hard bin
  # One of them is the image with two layers.
  for image in "$extracted".*; do
    [ ! -d "$image/hard/many2" ] || try diff -r --no-dereference -x null -x pipe "$image/hard" "$work/exported/hard"
  done
  assert_eq "$rc $out" "0 "
}

# A container's changes, as it sees them, the files' times aside.
changes_seen() {
  minidock start -a "$1" 2>&1
}

# Whiteouts, opaque directories, copied-up and hard-linked files, renamed directories: all on the other driver's lower.
test_migrate() {
  requires_erofs
  image busybox
  minidock run --name changer busybox sh -c "[ ! -e /changed ] || exec sh -c 'cat /etc/passwd /new/x; ls -la /new /root /etc/passwd /etc/shadow /moved/passwd | grep -v ^total; find / -xdev | grep -v ^/proc | sort | md5sum'
    echo more >>/etc/passwd; rm /etc/group; rm -rf /root; mkdir /root /new; echo x >/new/x; ln /new/x /new/y; chmod 700 /etc; cp -r /etc /moved; touch /changed"
  minidock run --name tagged busybox true
  local before=$(changes_seen changer) diff=$(minidock diff changer) ids=$(minidock images -q --no-trunc)
  assert_contains "$before" more
  local to
  for to in overlay erofs; do
    unset MINIDOCK_STORAGE_DRIVER
    try minidock system migrate --dry-run
    assert_match "$out" "^Would migrate [0-9]+ layers? \\([0-9.]+.?B\\) from (erofs|overlay) to $to$"
    assert_ne "$(minidock info -f '{{.Driver}}')" "$to"
    try minidock system migrate --to "$to"
    assert_rc 0
    assert_match "$out" "^Migrated [0-9]+ layers? .* to $to$"
    assert_match "$(minidock info)" "Storage Driver: $to"$'\n'" Chosen: changed from (erofs|overlay) by system migrate"
    [ "$to" = erofs ] || assert_eq "$(mounted)" 0
    assert_eq "$(changes_seen changer)" "$before"
    assert_eq "$(minidock diff changer)" "$diff"
    assert_eq "$(minidock images -q --no-trunc)" "$ids"
    assert_eq "$(minidock run --rm busybox echo fine)" fine
    try minidock system check --deep
    assert_rc 0
    assert_contains "$out" "ok: every byte"
    try minidock system migrate --to "$to"
    assert_eq "$rc $out" "0 Nothing to do: the store has the storage driver $to"
  done
}

test_migrate_refuses() {
  requires_erofs
  image busybox
  minidock run -d --name busy busybox sleep 60 >/dev/null
  minidock run -d --rm --name passing busybox sleep 60 >/dev/null
  minidock create --name idle busybox true >/dev/null
  refused 1 'cannot migrate: containers are running: .*(busy.*passing|passing.*busy)' minidock system migrate
  refused 1 'cannot migrate: containers are running: ' minidock system migrate --dry-run
  minidock stop -t 0 busy passing >/dev/null
  wait_until 10 eval '[ -z "$(minidock ps -q)" ]'
  minidock mount idle >/dev/null
  refused 1 'files of containers are mounted: idle; minidock unmount' minidock system migrate
  minidock unmount idle >/dev/null
  mkdir "$MINIDOCK_ROOT/containers/$(minidock inspect -f '{{.Id}}' idle)/work"/index
  refused 1 'index=on.*: idle; commit what they hold' minidock system migrate
  refused 1 'use storage driver zfs' minidock system migrate --to zfs
  minidock rm idle busy >/dev/null
  try minidock system check
  assert_rc 0
  # Where the other driver does not work.
  minidock system migrate -q
  refused 1 'erofs does not work here: ' "$MINIDOCK_BUILD_DIR/tests/without_syscalls" move_mount \
    env -u MINIDOCK_STORAGE_DRIVER "$MINIDOCK_BINARY" system migrate
  env -u MINIDOCK_STORAGE_DRIVER "$MINIDOCK_BINARY" system migrate -q
}

test_check_repairs() {
  requires_erofs
  image busybox
  local tree
  tree=$(find "$MINIDOCK_ROOT/layers" -name tree -print -quit)
  printf X | dd of="$tree" bs=1 seek=100 conv=notrunc status=none
  try minidock system check --deep
  assert_rc 1
  assert_match "$out" 'damage: damaged layer: layers/.*/tree: it does not say what'
  try minidock system check --deep --repair
  assert_rc 0
  assert_match "$out" $'repaired: damaged layer: layers/.*\n0 problems, [1-9] repaired, 0 garbage'
  try minidock system check --deep
  assert_rc 0
}
run_tests
