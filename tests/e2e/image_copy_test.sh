# image copy: from registry to registry, without a store.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }
blobs() { find "$work/$1/data" -path '*/blobs/sha256/*' -name data | wc -l; }

test_one_image() {
  start_registry from
  local from=$registry
  made oci "$work/a.tar" compress=gzip layers=3
  put "oci-archive:$work/a.tar" "$from/made:1"
  start_registry to
  try minidock image copy "$from/made:1" "$registry/copied:2"
  assert_rc 0
  assert_empty "$err"
  assert_eq "$(grep -c ': Copied$' <<<"$out")" 6 "blobs"
  assert_eq "$(tail -1 <<<"$out")" \
    "2: digest: sha256:$(raw "$from/made:1" | sha256sum | cut -d' ' -f1) size: $(raw "$from/made:1" | wc -c)"
  assert_eq "$(raw "$registry/copied:2")" "$(raw "$from/made:1")"
  skopeo copy -q --src-tls-verify=false "docker://$registry/copied:2" "oci-archive:$work/copied.tar"
  try minidock image copy "$from/made:1" "$registry/copied:2"
  assert_eq "$(grep -c ': Already exists$' <<<"$out")" 6 "blobs that are there"
  try minidock image copy -q "$registry/copied:2" "$registry/moved"
  assert_eq "$out" "$registry/moved:latest"
  MINIDOCK_ROOT=$work/untouched try minidock image copy "$registry/copied:2" "$registry/third:1"
  assert_eq "$(grep -c ': Mounted from copied$' <<<"$out")" 6 "blobs within the registry"
  # No store was opened for it.
  assert_no_file "$work/untouched"
}

test_platforms() {
  start_registry index
  local from=$registry digest
  put_index made 1 amd64 arm64
  start_registry whole
  try minidock image copy --all-platforms "$from/made:1" "$registry/all:1"
  assert_rc 0
  assert_eq "$(raw "$registry/all:1")" "$(raw "$from/made:1")"
  for digest in $(raw "$from/made:1" | jq -r '.manifests[].digest'); do
    assert_eq "$(raw "$registry/all@$digest")" "$(raw "$from/made@$digest")"
  done
  skopeo copy -q --all --src-tls-verify=false "docker://$registry/all:1" "dir:$work/dir"
  try minidock image copy --platform linux/arm64 "$from/made:1" "$registry/one:1"
  assert_rc 0
  assert_eq "$(raw "$registry/one:1")" "$(raw "$from/made@$(raw "$from/made:1" | jq -r '.manifests[1].digest')")"
  refused 1 'no matching manifest for linux/s390x' minidock image copy --platform linux/s390x "$from/made:1" "$registry/one:1"
  refused 1 'not several for different platforms' minidock image copy --platform linux/arm64 "$registry/one:1" "$from/one:1"
  refused 1 'conflicting options' minidock image copy --all-platforms --platform linux/arm64 a b
}

# What the source gives is checked before the destination hears that it is whole.
test_wrong_sources() {
  start_registry clean
  local to=$registry what
  for what in digest size short; do
    start_hostile break=$what
    try minidock image copy "$registry/made" "$to/made:1"
    assert_rc 1
    assert_match "$err" 'its SHA-256 is|more than the|bytes, and should have'
    [ "$(wc -l <<<"$err")" = 1 ] || fail "more than one line"
  done
  refused 1 'no such manifest: ' minidock manifest inspect "$to/made:1"
  start_hostile break=truncate
  try minidock image copy "$registry/made" "$to/made:1"
  assert_rc 0
  refused 1 'no such|not found' minidock image copy "$to/none:1" "$to/x:1"
  refused 1 'requires 2 arguments' minidock image copy a
}

test_a_destination_that_breaks() {
  local port
  start_hostile
  local from=$registry
  next_port
  mkdir "$work/pushed"
  python3 "$support/push_registry" "$port" "$work/pushes" "share=$work/pushed" break=expires token=yes &
  registries+=($!)
  wait_until 60 answers "$port"
  try minidock image copy "$from/made" "127.0.0.1:$port/made:1"
  assert_rc 0
  assert_eq "$(grep ^manifest "$work/pushes")" 'manifest whole'
}

# A blob goes through memory: of one of 200 MB no process of ours ever has more than 40 MB.
test_memory() {
  start_registry big
  local from=$registry
  mkdir "$work/layout" && head -c 200M /dev/urandom >"$work/layout/file"
  tar -cf "$work/big.tar" -C "$work/layout" file
  minidock import -q "$work/big.tar" "$from/big:1" >/dev/null
  minidock push -q "$from/big:1" >/dev/null
  minidock rmi "$from/big:1" >/dev/null
  rm -rf "$work/layout" "$work/big.tar"
  start_registry small
  (ulimit -v 400000; exec "$MINIDOCK_BINARY" image copy -q "$from/big:1" "$registry/big:1") >/dev/null &
  local copy=$! most=0 now
  while kill -0 $copy 2>/dev/null; do
    for now in $(pgrep -P $copy) $copy; do
      now=$(awk '/^RssAnon/ { print $2 }' "/proc/$now/status" 2>/dev/null) || continue
      [ "${now:-0}" -le "$most" ] || most=$now
    done
    sleep 0.05
  done
  wait $copy || fail "not copied"
  assert_le "$most" 40000 "the most memory of a process, in KiB"
}

run_tests
