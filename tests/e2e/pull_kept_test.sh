# pull with keep-compressed-blobs: what came compressed is pushed as it came, and is the layer's in all else.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }
layers_at() { raw "$1" | jq -c '[.layers[] | .digest, .size]'; }
keep() {
  echo 'keep-compressed-blobs = true' >"$work/keep.toml"
  export MINIDOCK_CONFIG_FILE=$work/keep.toml
}
# kept_files NAME: of its layers, those that have such a blob.
kept_files() {
  local layer
  for layer in $(minidock inspect -f '{{range .RootFS.Layers}}{{.}} {{end}}' "$1"); do
    find "$MINIDOCK_ROOT/layers/${layer#sha256:}" -name compressed
  done
}
forget() {
  minidock rmi -f "$@" >/dev/null
  minidock image prune -af >/dev/null
}

test_the_setting() {
  keep
  assert_contains "$(minidock config show --origin)" "keep-compressed-blobs = true  # $work/keep.toml:1"
  echo 'keep-compressed-blobs = "yes"' >"$work/keep.toml"
  refused 1 'keep-compressed-blobs = "yes": true or false is wanted' minidock pull 127.0.0.1:1/none:1
}

test_what_was_pulled_is_pushed_as_it_was() {
  start_registry from
  local from=$registry how
  # gzip as Go writes it: other bytes than ours.
  made oci "$work/made.tar" layers=2
  skopeo copy -q --dest-tls-verify=false --dest-compress-format gzip "oci-archive:$work/made.tar" \
    "docker://$from/made:gzip"
  made oci "$work/made.tar" layers=2 compress=zstd
  put "oci-archive:$work/made.tar" "$from/made:zstd"
  for how in gzip zstd; do
    # Without the setting they are compressed here, and are other bytes.
    minidock pull -q "$from/made:$how" >/dev/null
    assert_empty "$(kept_files "$from/made:$how")"
    start_registry "dropped-$how"
    minidock tag "$from/made:$how" "$registry/made:1"
    minidock push -q "$registry/made:1" >/dev/null
    assert_ne "$(layers_at "$registry/made:1")" "$(layers_at "$from/made:$how")"
    forget "$from/made:$how" "$registry/made:1"
    (
      keep
      minidock pull -q "$from/made:$how" >/dev/null
    )
    assert_eq "$(kept_files "$from/made:$how" | wc -l)" 4
    # It is there for who has no such setting, too.
    start_registry "kept-$how"
    minidock tag "$from/made:$how" "$registry/made:1"
    try minidock push --progress json "$registry/made:1"
    assert_rc 0
    assert_eq "$(jq -r 'select(.status == "Pushed") | .id' <<<"$out" | wc -l)" 4
    assert_eq "$(raw "$registry/made:1" | jq -c '[.layers[] | .digest, .size, .mediaType]')" \
      "$(raw "$from/made:$how" | jq -c '[.layers[] | .digest, .size, .mediaType]')"
    # And all that another one needs is there.
    skopeo copy -q --src-tls-verify=false "docker://$registry/made:1" "oci-archive:$work/back.tar"
    # A manifest of docker's has no word for zstd: those are compressed anew.
    start_registry "docker-$how"
    minidock tag "$from/made:$how" "$registry/made:2"
    minidock push -q --format v2s2 "$registry/made:2" >/dev/null
    assert_eq "$(raw "$registry/made:2" | jq -r '.layers[].mediaType' | uniq)" \
      application/vnd.docker.image.rootfs.diff.tar.gzip
    if [ $how = gzip ]; then
      assert_eq "$(layers_at "$registry/made:2")" "$(layers_at "$from/made:gzip")"
    else
      assert_ne "$(layers_at "$registry/made:2")" "$(layers_at "$from/made:zstd")"
    fi
    minidock rmi -f "$(minidock inspect -f '{{.Id}}' "$from/made:$how")" >/dev/null
    assert_empty "$(find "$MINIDOCK_ROOT" -name compressed)"
  done
}

test_run_keeps_them_too() {
  image busybox
  minidock save busybox >"$work/busybox.tar"
  start_registry runs
  skopeo copy -q --dest-tls-verify=false --dest-compress-format gzip "docker-archive:$work/busybox.tar" \
    "docker://$registry/busybox:1"
  minidock rmi busybox >/dev/null
  keep
  assert_eq "$(minidock run --rm "$registry/busybox:1" echo hello 2>/dev/null)" hello
  assert_eq "$(kept_files "$registry/busybox:1" | wc -l)" 1
  # Its place is told of.
  local kept without
  kept=$(minidock system df --format '{{.Type}} {{.Size}}' | sed -n 's/^Images //p')
  rm "$(kept_files "$registry/busybox:1")"
  assert_eq "$(minidock system check --repair | grep -c '^repaired: orphan row: layer .*/compressed is missing')" 1
  without=$(minidock system df --format '{{.Type}} {{.Size}}' | sed -n 's/^Images //p')
  [ "${kept%MB*}" != "${without%MB*}" ] || fail "$kept with the blob, $without without"
  forget "$registry/busybox:1"
}

test_a_damaged_one_is_not_sent() {
  start_registry good
  local from=$registry file
  made oci "$work/a.tar" compress=zstd
  put "oci-archive:$work/a.tar" "$from/made:1"
  keep
  minidock pull -q "$from/made:1" >/dev/null
  read -r file < <(kept_files "$from/made:1")
  printf X | dd of="$file" bs=1 seek=20 conv=notrunc status=none
  start_registry other
  minidock tag "$from/made:1" "$registry/made:1"
  try minidock push "$registry/made:1"
  assert_rc 1
  assert_match "$err" 'what was kept of blob sha256:.* is damaged on the disk; .minidock system check --deep --repair. lets go'
  refused 1 'no such manifest' minidock manifest inspect "$registry/made:1"
  try minidock system check
  assert_rc 0
  try minidock system check --deep
  assert_rc 1
  assert_match "$out" "damage: damaged blob: ${file#"$MINIDOCK_ROOT"/}: its SHA-256 differs"
  try minidock system check --deep --repair
  assert_rc 0
  [ ! -e "$file" ] || fail "it is still there"
  assert_eq "$(kept_files "$from/made:1" | wc -l)" 1
  try minidock push "$registry/made:1"
  assert_rc 0
  # The one as it came, the other made anew.
  assert_eq "$(raw "$registry/made:1" | jq -r '.layers[].mediaType | split("+")[1]' | sort)" $'gzip\nzstd'
  forget "$from/made:1" "$registry/made:1"
}

test_a_killed_pull_leaves_nothing() {
  start_registry killed
  made oci "$work/a.tar" layers=20 compress=gzip
  put "oci-archive:$work/a.tar" "$registry/killed:1"
  minidock image prune -af >/dev/null
  keep
  local moment
  for moment in 0.05 0.1 0.2 0.3 0.4; do
    (timeout -s KILL "$moment" "$MINIDOCK_BINARY" pull -q "$registry/killed:1" || true) >/dev/null 2>&1
    wait_until 10 minidock system check
    if ! minidock image exists "$registry/killed:1"; then
      assert_empty "$(find "$MINIDOCK_ROOT" -name compressed)"
    fi
    minidock rmi -f "$registry/killed:1" >/dev/null 2>&1 || true
  done
}

run_tests
