# A store on a disk of 64 MiB: what does not fit is refused in one line and leaves all its space free; and what frees
# space works with no byte left.
. "$(dirname "$0")/../support/e2e.sh"

mount_small_disk() {
  requires loop mkfs.ext4
  disk=$work/small
  mkdir -p "$disk"
  truncate -s 64M "$work/small.img"
  mkfs.ext4 -q -m 0 "$work/small.img"
  mount -o loop "$work/small.img" "$disk"
  trap 'umount "$MINIDOCK_RUN_ROOT"/images/* 2>/dev/null || true; umount "$disk"' EXIT  # the driver erofs keeps images mounted
  export MINIDOCK_ROOT=$disk/root MINIDOCK_RUN_ROOT=$(mktemp -u "$work/small-run.XXXXXX")
}
free_blocks() { sync -f "$disk"; stat -fc %f "$disk"; }
fill() {
  local size
  for size in 65536 1024; do
    dd if=/dev/zero bs=$size 2>/dev/null >>"$disk/filler" || true
    sync -f "$disk"
  done
}

test_an_import_too_big_leaves_no_trace() {
  mount_small_disk
  local before
  minidock import -q "$(fixture busybox)" busybox:latest >/dev/null
  before=$(free_blocks)
  refused 1 'make room' minidock import -q "$(fixture debian)" debian:latest
  # From a pipe nobody knows the size before the disk is full.
  from_pipe() { cat "$(fixture debian)" | minidock import -q - debian:latest; }
  refused 1 '[Nn]o space' from_pipe
  minidock images >/dev/null
  assert_eq "$(free_blocks)" "$before" "the number of free blocks"
  try minidock system check
  assert_rc 0
  assert_eq "$(minidock run --rm --network none busybox echo works)" works
}

test_a_load_too_big_leaves_no_trace() {
  # The archive is made in a store elsewhere.
  (
    export MINIDOCK_ROOT=$work/elsewhere MINIDOCK_RUN_ROOT=$work/elsewhere-run
    minidock import -q "$(fixture debian)" debian:latest >/dev/null
    minidock save -o "$work/debian.tar" debian
    minidock system reset -f >/dev/null
  )
  mount_small_disk
  local before
  minidock import -q "$(fixture busybox)" busybox:latest >/dev/null
  before=$(free_blocks)
  refused 1 '[Nn]o space' minidock load -i "$work/debian.tar"
  from_pipe() { cat "$work/debian.tar" | minidock load; }
  refused 1 '[Nn]o space' from_pipe
  minidock images >/dev/null
  assert_eq "$(free_blocks)" "$before" "the number of free blocks"
  try minidock system check
  assert_rc 0
}

test_rm_and_prune_work_on_a_full_disk() {
  mount_small_disk
  minidock import -q "$(fixture busybox)" busybox:latest >/dev/null
  minidock run --name one --network none busybox sh -c 'head -c 1000000 /dev/zero >/data'
  minidock run --name two --network none busybox true
  fill
  assert_eq "$(stat -fc %a "$disk")" 0 "the number of free blocks"
  try minidock rm one
  assert_rc 0
  fill
  try minidock system prune -f
  assert_rc 0
  assert_empty "$(minidock ps -aq)"
  try minidock system check
  assert_rc 0
}

test_a_run_on_a_full_disk_is_refused_in_one_line() {
  mount_small_disk
  minidock import -q "$(fixture busybox)" busybox:latest >/dev/null
  fill
  try minidock run --network none busybox true
  # It may find a block for its directory; if not, it says so and leaves nothing.
  [ "$rc" = 0 ] || { assert_rc 125; assert_match "$err" '[Nn]o space|full'; }
  rm "$disk/filler"
  try minidock system check
  assert_rc 0
}

run_tests
