# `system check` finds what does not belong together: rows without files, files without rows; and what one next command
# sweeps is gone.
. "$(dirname "$0")/../support/e2e.sh"

database() { sqlite3 "$MINIDOCK_ROOT/minidock.db" "$@"; }

test_a_sound_store_is_sound() {
  image busybox
  minidock run --name kept --network none busybox true
  try minidock system check --deep
  assert_rc 0
}

test_an_orphan_row_is_found() {
  image busybox
  minidock run --name hollow --network none busybox true
  local id
  id=$(minidock ps -aq --no-trunc)
  mv "$MINIDOCK_ROOT/containers/$id" "$work/away"
  try minidock system check
  assert_ne "$rc" 0 "the status of the check"
  assert_contains "$out$err" "${id:0:12}"
  mv "$work/away" "$MINIDOCK_ROOT/containers/$id"
  try minidock system check
  assert_rc 0
}

test_an_image_whose_layer_is_gone_is_found() {
  image busybox
  local layer
  layer=$(find "$MINIDOCK_ROOT/layers" -mindepth 1 -maxdepth 1 -print -quit)
  mv "$layer" "$work/layer"
  try minidock system check
  mv "$work/layer" "$layer"
  assert_ne "$rc" 0 "the status of the check"
  assert_contains "$out$err" "$(basename "$layer")"
}

test_an_orphan_file_is_found_and_swept() {
  image busybox
  local name=00000000000000000000000000000000000000000000000000000000000000ff
  mkdir -p "$MINIDOCK_ROOT/containers/$name/upper"
  echo x >"$MINIDOCK_ROOT/blobs/sha256/$name"
  try minidock system check
  assert_contains "$out$err" "$name"
  minidock system prune -f >/dev/null
  try minidock system check
  assert_rc 0
  assert_no_file "$MINIDOCK_ROOT/containers/$name"
  assert_no_file "$MINIDOCK_ROOT/blobs/sha256/$name"
}

test_an_abandoned_lease_is_swept_by_the_next_command() {
  image busybox
  # An import that hangs on its input, killed: what it made so far has no owner any more.
  mkfifo "$work/input"
  "$MINIDOCK_BINARY" import -q - never:latest <"$work/input" >/dev/null 2>&1 &
  local cli=$!
  exec 8>"$work/input"
  head -c 1000000 "$(fixture busybox)" >&8
  wait_until 5 is_making_something
  kill -9 $cli
  wait $cli || true
  exec 8>&-
  rm "$work/input"
  minidock images >/dev/null
  assert_empty "$(ls "$MINIDOCK_ROOT/tmp")"
  try minidock system check
  assert_rc 0
}

test_a_damaged_database_is_reported() {
  export MINIDOCK_ROOT=$work/damaged/root MINIDOCK_RUN_ROOT=$work/damaged/run
  mkdir -p "$work/damaged"
  minidock import -q "$(fixture busybox)" x:latest >/dev/null
  dd if=/dev/urandom of="$MINIDOCK_ROOT/minidock.db" bs=4096 seek=1 count=2 conv=notrunc status=none
  try minidock system check --deep
  assert_ne "$rc" 0 "the status of the check"
  assert_match "$out$err" 'minidock.db|database'
}

run_tests
