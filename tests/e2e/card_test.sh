# What the project promises in one page: import, run, ps, rm on a content-addressed store, and nothing left behind.
. "$(dirname "$0")/../support/e2e.sh"

# A store of its own for tests that count what is in it.
fresh_store() {
  export MINIDOCK_ROOT=$work/fresh.$1/root MINIDOCK_RUN_ROOT=$work/fresh.$1/run
  mkdir -p "$work/fresh.$1"
}
named() { # an archive under another name
  ln -sf "$(fixture busybox)" "$work/$1.tar"
  echo "$work/$1.tar"
}

test_help_names_every_verb() {
  try minidock --help
  assert_rc 0
  local verb
  for verb in import run ps rm images rmi tag inspect version info logs stop kill wait system; do
    assert_match "$out" "(^|[^a-z])$verb([^a-z]|$)"
  done
}

test_import_names_the_image_after_the_file() {
  fresh_store name
  try minidock import "$(named ubuntu)"
  assert_rc 0
  assert_match "$out" '^sha256:[0-9a-f]{64}$'
  try minidock images --format '{{.Repository}}:{{.Tag}}'
  assert_eq "$out" ubuntu:latest
}

test_the_same_archive_is_one_image_and_one_blob() {
  fresh_store twice
  local first second
  first=$(minidock import -q "$(named one)")
  try minidock import -q "$(named two)"
  second=$out
  assert_eq "$second" "$first" "the second ID"
  assert_eq "$(find "$MINIDOCK_ROOT/blobs/sha256" -type f | wc -l)" 1 "the number of blobs"
  assert_eq "$(sha256sum <"$(fixture busybox)" | cut -d' ' -f1)" "$(ls "$MINIDOCK_ROOT/blobs/sha256")" "the blob's name"
  gzip -c "$(fixture busybox)" >"$work/three.tar.gz"
  assert_eq "$(minidock import -q "$work/three.tar.gz")" "$first" "the ID of the compressed archive"
}

test_the_same_id_in_another_store() {
  fresh_store here
  local here
  here=$(minidock import -q "$(named a)")
  fresh_store there
  assert_eq "$(minidock import -q - b:latest <"$(fixture busybox)")" "$here"
}

test_a_cut_archive_is_refused_and_leaves_nothing() {
  fresh_store cut
  minidock images >/dev/null
  head -c 1000000 "$(fixture busybox)" >"$work/cut.tar"
  refused 1 'cut.tar' minidock import "$work/cut.tar"
  assert_empty "$(minidock images -q)"
  assert_empty "$(find "$MINIDOCK_ROOT" -path '*/blobs/*' -type f -o -path '*/layers/*' -type f -o -path "$MINIDOCK_ROOT/tmp/*")"
}

test_a_flipped_byte_is_found() {
  fresh_store flip
  minidock import -q "$(named flip)" >/dev/null
  try minidock system check --deep
  assert_rc 0
  local blob
  blob=$(find "$MINIDOCK_ROOT/blobs/sha256" -type f)
  printf X | dd of="$blob" bs=1 seek=600000 conv=notrunc status=none
  try minidock system check --deep
  assert_ne "$rc" 0 "the status of the check"
  assert_contains "$out$err" "$(basename "$blob")"
}

test_containers_share_the_image_and_differ_above() {
  image busybox
  minidock run -d --name left --network none busybox sh -c 'echo left >/mine; sleep 60' >/dev/null
  minidock run -d --name right --network none busybox sh -c 'echo right >/mine; sleep 60' >/dev/null
  local left right
  left=/proc/$(container_pid left) right=/proc/$(container_pid right)
  wait_until 5 test -s "$left/root/mine"
  wait_until 5 test -s "$right/root/mine"
  assert_eq "$(cat "$left/root/mine" "$right/root/mine" | tr '\n' ' ')" "left right "
  local lower='s/^overlay .*lowerdir=\([^,]*\).*/\1/p'
  assert_eq "$(sed -n "$lower" "$left/mounts")" "$(sed -n "$lower" "$right/mounts")" "the lower directory"
  assert_ne "$(stat -Lc %d "$left/root")" "$(stat -Lc %d "$right/root")"
}

test_ps_and_rm() {
  image busybox
  minidock run --name gone --network none busybox true
  try minidock ps --format '{{.Names}}'
  assert_empty "$out" "ps without -a"
  try minidock ps -a --format '{{.Names}} {{.Status}}'
  assert_match "$out" '^gone Exited \(0\) '
  local id
  id=$(minidock ps -aq --no-trunc)
  assert_file "$MINIDOCK_ROOT/containers/$id"
  try minidock rm gone
  assert_rc 0
  assert_eq "$out" gone
  assert_empty "$(minidock ps -aq)"
  assert_no_file "$MINIDOCK_ROOT/containers/$id"
  try minidock system check
  assert_rc 0
}

test_state_is_in_sqlite() {
  image busybox
  try sqlite3 "$MINIDOCK_ROOT/minidock.db" .schema
  assert_rc 0
  local table
  for table in image layer tag container; do assert_match "$out" "CREATE TABLE.*$table"; done
  assert_eq "$(sqlite3 "$MINIDOCK_ROOT/minidock.db" 'pragma integrity_check')" ok
}

test_a_removed_image_gives_its_space_back() {
  fresh_store space
  minidock import -q "$(named space)" >/dev/null
  try minidock rmi space
  assert_rc 0
  assert_match "$out" 'Untagged: space:latest'
  assert_match "$out" 'Deleted: sha256:[0-9a-f]{64}'
  assert_empty "$(find "$MINIDOCK_ROOT/blobs/sha256" "$MINIDOCK_ROOT/layers" -mindepth 1)"
}

test_an_image_in_use_is_kept() {
  image busybox
  minidock run --name user --network none busybox true
  refused 1 'user|in use|using' minidock rmi busybox
  minidock inspect busybox >/dev/null
}

test_two_stores_never_meet() {
  image busybox
  minidock run -d --name here --network none busybox sleep 60 >/dev/null
  fresh_store other
  assert_empty "$(minidock ps -aq)"
  refused 1 'No such container' minidock rm here
}

test_a_host_whose_mounts_are_shared() {
  # As systemd leaves them on every host it runs: what is mounted spreads, until somebody says no.
  fresh_store shared
  on_shared_mounts() { unshare --mount --propagation shared "$MINIDOCK_BINARY" "$@"; }
  try on_shared_mounts import -q "$(fixture busybox)" busybox:latest
  assert_rc 0
  mkdir -p "$work/data"
  try on_shared_mounts run --rm --network none -v "$work/data:/data" busybox sh -c 'echo works | tee /data/file'
  assert_rc 0
  assert_eq "$out" works
  assert_eq "$(cat "$work/data/file")" works
}

test_linked_from_static_archives() {
  try ldd "$MINIDOCK_BINARY"
  assert_rc 0
  assert_no_match "$out" 'libarchive|libcrypto|libsqlite3|libseccomp'
}

run_tests
