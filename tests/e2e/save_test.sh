# save: the archive, its bytes, which images and names are in it, and that a load gives the same back.
. "$(dirname "$0")/../support/e2e.sh"

archive() { "$support/image_archive" "$@"; }
made() {
  archive docker "$work/made.tar" tag="$1"
  minidock load -q -i "$work/made.tar" >/dev/null
}
manifest() { tar -xOf "$1" manifest.json; }

test_the_form() {
  made form:1
  try minidock save -o "$work/a.tar" form:1
  assert_rc 0
  assert_empty "$out$err"
  local id
  id=$(minidock inspect -f '{{.Id}}' form:1)
  assert_eq "$(tar -tf "$work/a.tar" | grep -v blobs/sha256/. | tr '\n' ' ')" \
    'blobs/ blobs/sha256/ index.json manifest.json oci-layout repositories '
  assert_eq "$(manifest "$work/a.tar" | jq -r '.[0].Config')" "blobs/sha256/${id#sha256:}"
  assert_eq "$(manifest "$work/a.tar" | jq -c '.[0].RepoTags')" '["form:1"]'
  assert_eq "$(tar -xOf "$work/a.tar" index.json | jq -r '.manifests[0].annotations["io.containerd.image.name"]')" \
    docker.io/library/form:1
  assert_eq "$(tar -xOf "$work/a.tar" repositories | jq -r '.form["1"]')" \
    "$(minidock inspect -f '{{index .RootFS.Layers 1}}' form:1 | cut -d: -f2)"
  # Every blob has the digest that it is called by.
  mkdir -p "$work/blobs"
  tar -xf "$work/a.tar" -C "$work/blobs"
  (cd "$work/blobs/blobs/sha256" && for blob in *; do echo "$blob  $blob"; done | sha256sum -c --quiet) ||
    fail "a blob has another digest"
}

test_the_same_bytes() {
  made same:1
  minidock save same:1 >"$work/a.tar"
  sleep 1.1
  minidock save same:1 >"$work/b.tar"
  cmp "$work/a.tar" "$work/b.tar"
  minidock rmi same:1 >/dev/null
  minidock load -q -i "$work/a.tar" >/dev/null
  minidock save same:1 >"$work/b.tar"
  cmp "$work/a.tar" "$work/b.tar"
}

test_a_load_gives_it_back() {
  made back:1
  minidock inspect -f '{{.Id}} {{.RootFS.Layers}} {{.Config}} {{.Created}}' back:1 >"$work/before"
  minidock save -o "$work/a.tar" back:1
  minidock rmi back:1 >/dev/null
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: back:1'
  assert_eq "$(minidock inspect -f '{{.Id}} {{.RootFS.Layers}} {{.Config}} {{.Created}}' back:1)" "$(cat "$work/before")"
  # Either half of the archive is enough.
  mkdir -p "$work/halves"
  tar -xf "$work/a.tar" -C "$work/halves"
  (cd "$work/halves" && tar -cf "$work/docker.tar" manifest.json blobs && tar -cf "$work/oci.tar" oci-layout index.json blobs)
  local half
  for half in docker oci; do
    minidock rmi back:1 >/dev/null
    assert_eq "$(minidock load -i "$work/$half.tar")" 'Loaded image: back:1'
  done
}

test_names() {
  made names:1
  minidock tag names:1 names:2
  minidock tag names:1 other:1
  minidock save names:1 >"$work/a.tar"
  assert_eq "$(manifest "$work/a.tar" | jq -c '[.[].RepoTags]')" '[["names:1"]]'
  minidock save names >"$work/a.tar"
  assert_eq "$(manifest "$work/a.tar" | jq -c '[.[].RepoTags]')" '[["names:1","names:2"]]'
  minidock save other:1 names:2 names:2 >"$work/a.tar"
  assert_eq "$(manifest "$work/a.tar" | jq -c '[.[].RepoTags]')" '[["names:2","other:1"]]'
  local id
  id=$(minidock inspect -f '{{.Id}}' names:1)
  for word in "$id" "${id#sha256:}" "$(cut -c8-19 <<<"$id")"; do
    minidock save "$word" >"$work/a.tar"
    assert_eq "$(manifest "$work/a.tar" | jq -c '[.[].RepoTags]')" '[null]' "names of $word"
  done
  minidock rmi -f names:1 names:2 other:1 >/dev/null
  assert_match "$(minidock load -i "$work/a.tar")" '^Loaded image ID: '
}

test_several_images_share_layers() {
  made several:1
  local id
  id=$(minidock create several:1)
  minidock commit "$id" several:2 >/dev/null
  minidock rm "$id" >/dev/null
  minidock save several >"$work/a.tar"
  assert_eq "$(tar -tf "$work/a.tar" | sort | uniq -d)" ''
  minidock rmi -f several:1 several:2 >/dev/null
  assert_eq "$(minidock load -i "$work/a.tar" | sort)" $'Loaded image: several:1\nLoaded image: several:2'
}

test_refusals() {
  made refused:1
  refused 1 'requires at least 1 argument' minidock save
  refused 1 'No such image: none' minidock save none
  refused 1 'reference does not exist' minidock save none:1
  refused 1 'reference does not exist' minidock save refused:1 none:1
  refused 1 'failed to save image: invalid output path: stat /none: no such file or directory' minidock save -o /none/a refused:1
  refused 1 'failed to save image: cannot write to a directory' minidock save -o "$work" refused:1
  assert_no_file "$work/none.tar"
  on_terminal 'expect cowardly refusing to save to a terminal' "$MINIDOCK_BINARY" save refused:1
  assert_rc 1
}

test_a_damaged_layer_is_not_handed_on() {
  made damaged:1
  local blob
  blob=$MINIDOCK_ROOT/blobs/sha256/$(minidock inspect -f '{{index .RootFS.Layers 0}}' damaged:1 | cut -d: -f2)
  cp "$blob" "$work/kept"
  printf X | dd of="$blob" bs=1 seek=520 conv=notrunc status=none
  refused 1 'is damaged on the disk' minidock save -o "$work/damaged.tar" damaged:1
  assert_no_file "$work/damaged.tar"
  cat "$work/kept" >"$blob"
}

test_events() {
  made told:1
  local since
  since=$(date +%s.%N)
  minidock save told:1 >"$work/a.tar"
  assert_match "$(minidock events --since "$since" --until "$(date +%s.%N)" --filter event=save)" 'image save sha256:'
}

test_progress() {
  image busybox
  on_terminal 'expect Saving' sh -c '"$MINIDOCK_BINARY" save -o "$1" busybox; echo; echo done' - "$work/shown.tar"
  assert_rc 0
  assert_match "$out" $'\r\x1b\\[KSaving .*shown.tar: .* 100%.*\r\x1b\\[K\r?\ndone' # the line goes
  minidock load -q -i "$work/shown.tar" >/dev/null
  try minidock save --progress json -o "$work/shown.tar" busybox
  assert_empty "$out"
  assert_eq "$(jq -r '.status + " " + .id' <<<"$err" | sort -u)" "Saving $work/shown.tar"
  assert_eq "$(tail -n 1 <<<"$err" | jq '.progressDetail.current == .progressDetail.total')" true
  minidock save --progress plain busybox 2>"$work/lines" | cmp - "$work/shown.tar"
  assert_match "$(<"$work/lines")" 'Saving -: .* 100%$'
  try minidock save -o "$work/shown.tar" busybox
  assert_empty "$err"
  # With the archive on standard output a terminal is left to what reads it.
  on_terminal 'expect done' sh -c '"$MINIDOCK_BINARY" save busybox >"$1"; echo done' - "$work/shown.tar"
  assert_no_match "$out" Saving
  refused 125 'invalid progress' minidock save --progress loud busybox
}

run_tests
