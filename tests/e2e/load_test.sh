# load: archives of every form become images with their IDs, names and files; wrong ones leave nothing.
. "$(dirname "$0")/../support/e2e.sh"

archive() { "$support/image_archive" "$@"; }

# The files of an image, one a line with their content, as a container of it has them.
files() {
  local id
  id=$(minidock create "$1")
  rm -rf "$work/tree" && mkdir "$work/tree"
  minidock export "$id" | tar -x -C "$work/tree"
  minidock rm "$id" >/dev/null
  (cd "$work/tree" && find . -type f ! -path './dev/*' ! -path './etc/*' ! -name .dockerenv | LC_ALL=C sort |
    while read -r file; do echo "$file $(cat "$file")"; done)
}
readonly kFiles='./dir/new new
./dir/old old
./hidden/above above
./keep kept
./one I
./three I
./two 1'

forget() { minidock rmi -f "$@" >/dev/null 2>&1 || true; }
images_here() { minidock images -q --no-trunc | wc -l; }

# wrong REGEX FORM OPTION...: refused with such a line, and the store is as it was.
wrong() {
  local pattern=$1 form=$2
  shift 2
  archive "$form" "$work/wrong.tar" "$@"
  local before
  before=$(minidock images -aq; ls "$MINIDOCK_ROOT"/{layers,blobs/sha256,tmp})
  refused 1 "$pattern" minidock load -i "$work/wrong.tar"
  assert_eq "$(wc -l <<<"$err")" 1 "number of lines"
  assert_eq "$(minidock images -aq; ls "$MINIDOCK_ROOT"/{layers,blobs/sha256,tmp})" "$before" "the store"
}

test_a_docker_archive() {
  archive docker "$work/a.tar" tag=docker:1
  try minidock load -i "$work/a.tar"
  assert_rc 0
  assert_eq "$out" 'Loaded image: docker:1'
  assert_empty "$err"
  assert_eq "$(files docker:1)" "$kFiles"
  # The ID is the digest of the config as it is.
  assert_eq "$(minidock inspect -f '{{.Id}}' docker:1)" "sha256:$(tar -tf "$work/a.tar" | sed -n 's/^\(.*\)\.json$/\1/p' | grep -v manifest)"
  assert_eq "$(minidock inspect -f '{{.Config.Env}} {{.Config.Labels.made}}' docker:1)" '[A=1] here'
}

test_hard_links_stay_links() {
  archive docker "$work/a.tar" tag=docker:1
  minidock load -q -i "$work/a.tar" >/dev/null
  files docker:1 >/dev/null
  assert_eq "$(stat -c %i "$work/tree/one")" "$(stat -c %i "$work/tree/three")"
  assert_ne "$(stat -c %i "$work/tree/one")" "$(stat -c %i "$work/tree/two")"
}

test_standard_input_plain_and_compressed() {
  archive docker "$work/a.tar" tag=stream:1
  local how
  for how in cat gzip zstd xz bzip2; do
    forget stream:1
    try sh -c "$how <'$work/a.tar' | '$MINIDOCK_BINARY' load"
    assert_rc 0
    assert_eq "$out" 'Loaded image: stream:1' "output of $how"
  done
  gzip -k "$work/a.tar"
  forget stream:1
  assert_eq "$(minidock load -i "$work/a.tar.gz")" 'Loaded image: stream:1'
  forget stream:1
  assert_eq "$(minidock load <"$work/a.tar")" 'Loaded image: stream:1'
  assert_empty "$(ls "$MINIDOCK_ROOT/tmp")" "what is left in tmp"
}

test_compressed_layers() {
  local how form
  for how in gzip zstd xz bzip2; do
    for form in docker oci; do
      archive $form "$work/a.tar" tag=packed:1 compress=$how
      forget packed:1
      assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: packed:1' "$how in $form"
      assert_eq "$(files packed:1)" "$kFiles"
    done
  done
}

test_an_oci_layout_as_an_archive_and_as_a_directory() {
  archive oci "$work/a.tar" tag=layout:1
  archive oci "$work/layout/" tag=layout:2
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: layout:1'
  assert_eq "$(minidock load -i "$work/layout")" 'Loaded image: layout:2'
  assert_eq "$(minidock inspect -f '{{.Id}}' layout:1)" "$(minidock inspect -f '{{.Id}}' layout:2)"
  assert_eq "$(files layout:2)" "$kFiles"
}

test_the_platform() {
  archive index "$work/a.tar" tag=many:1
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: many:1'
  assert_eq "$(minidock inspect -f '{{.Architecture}}' many:1)" "$(minidock version -f '{{.Server.Arch}}' 2>/dev/null || echo amd64)"
  try minidock load -i "$work/a.tar" --platform linux/arm/v7
  assert_rc 0
  assert_contains "$out" 'The image many:1 already exists, renaming the old one with ID sha256:'
  assert_eq "$(minidock inspect -f '{{.Architecture}}/{{.Variant}}' many:1)" arm/v7
  refused 1 'no image for linux/s390x in it; there is linux/.*, linux/arm64/v8, linux/arm/v7; choose' \
    minidock load -i "$work/a.tar" --platform s390x
  archive index "$work/a.tar" tag=nested:1 nest=3
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: nested:1'
  wrong 'indexes nested deeper than 8 levels' index nest=20
  archive docker "$work/a.tar" arch=arm64
  refused 1 'is for linux/arm64, not for linux/amd64' minidock load -i "$work/a.tar" --platform linux/amd64
  refused 1 'error parsing specified platform' minidock load -i "$work/a.tar" --platform 'a/b/c/d'
}

test_old_forms() {
  archive links "$work/a.tar" tag=links:1
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: links:1'
  archive old "$work/a.tar" tag=old:1
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: old:1'
  assert_eq "$(files old:1)" "$kFiles"
  assert_eq "$(minidock inspect -f '{{.Config.Cmd}} {{len .RootFS.Layers}}' old:1)" '[/none] 2'
}

test_without_a_name() {
  archive docker "$work/a.tar" tag= arch=arm64
  try minidock load -i "$work/a.tar"
  assert_rc 0
  assert_match "$out" '^Loaded image ID: sha256:[0-9a-f]{64}$'
}

test_layers_that_are_here_are_not_read() {
  archive docker "$work/a.tar" tag=here:1
  minidock load -q -i "$work/a.tar" >/dev/null
  archive docker "$work/b.tar" tag=here:2 break=missing
  assert_eq "$(minidock load -i "$work/b.tar")" 'Loaded image: here:2'
}

test_opaque_marks() {
  archive oci "$work/a.tar" tag=root:1 upper=root
  minidock load -q -i "$work/a.tar" >/dev/null
  assert_eq "$(files root:1)" './only only'
  minidock save root:1 | minidock load -q >/dev/null
  assert_empty "$(minidock image which /keep root:1 --format '{{.Change}}' | grep -v 'added\|removed')"
  archive oci "$work/a.tar" tag=mixed:1 upper=mixed
  minidock load -q -i "$work/a.tar" >/dev/null
  assert_eq "$(files mixed:1 | grep hidden)" './hidden/above above'
  # A mark that hides nothing must not be listed as a device.
  assert_empty "$(find "$work/tree/hidden" ! -type f ! -type d)"
  local top
  top=$(minidock inspect -f '{{index .RootFS.Layers 1}}' mixed:1 | cut -d: -f2)
  assert_eq "$(zstdcat <"$MINIDOCK_ROOT/layers/$top/layer.json" | grep -o '"path":"hidden/[^"]*')" '"path":"hidden/above'
  # The driver erofs unpacks nothing.
  [ ! -d "$MINIDOCK_ROOT/layers/$top/diff" ] || assert_eq "$(ls "$MINIDOCK_ROOT/layers/$top/diff/hidden")" above
  try minidock system check --deep
  assert_rc 0
}

test_a_hard_link_out_of_its_layer() {
  minidock image prune -af >/dev/null
  wrong 'layer 2 .*three' oci upper=cross
}

test_many_layers() {
  archive oci "$work/a.tar" tag=deep:1 layers=125 compress=gzip
  assert_eq "$(minidock load -i "$work/a.tar")" 'Loaded image: deep:1'
  assert_eq "$(files deep:1 | grep -c more)" 125
  wrong '128 layers; 127 are the most' oci layers=126
}

test_an_image_runs() {
  image busybox
  minidock save busybox >"$work/b.tar"
  minidock rmi -f busybox >/dev/null
  assert_eq "$(minidock load -i "$work/b.tar")" 'Loaded image: busybox:latest'
  assert_eq "$(minidock run --rm busybox echo hello)" hello
}

test_wrong_texts() {
  forget docker:1 stream:1 packed:1 layout:1 layout:2 here:1 here:2 links:1 old:1 many:1 deep:1
  minidock image prune -af >/dev/null
  wrong 'is not valid JSON' docker break=config
  wrong 'has the key "os" twice' docker break=keys
  wrong 'has the key "Config" twice' docker break=duplicate
  wrong 'larger than 4 MiB' docker break=huge
  wrong 'nested deeper than' docker break=deep
  wrong 'layers length mismatch: expected 1, got 2' docker break=count
  wrong 'cannot load windows image on linux' docker break=os
  wrong '/etc/passwd is not in the archive' docker break=name
  wrong 'version "9.0.0" of the OCI image layout is not known' oci break=version
  wrong 'invalid reference format' docker tag=UPPER
}

test_wrong_layers() {
  minidock image prune -af >/dev/null
  wrong 'layer 2 .*which the image.s config does not say' docker break=diff-id
  wrong 'layer 1 .*which the image.s config does not say' docker break=digest
  wrong 'layer 1 .*its SHA-256 is' oci break=digest
  wrong 'has [0-9]+ bytes, and should have' oci break=size
  wrong 'layer 1 .*(cut short|which the image)' docker break=cut
  wrong 'layer 1 .*layer.tar is not in the archive' docker break=missing
  wrong 'layer 1 .*is not in the archive' oci break=missing
  wrong 'its owner has it at https://example.org/layer' oci break=foreign
  wrong 'has [0-9]+ bytes, and should have' oci break=cut
  wrong 'a link to etc/passwd, which is not in the archive' links break=absolute
  wrong 'links in a circle' links break=loop
  wrong 'is not in the archive' links break=link-out
}

test_an_image_under_two_names_of_one_index() {
  archive oci "$work/a.tar" tag=twice:1 break=twice
  try minidock load -i "$work/a.tar"
  assert_rc 0
  assert_contains "$out" 'Loaded image: twice:1'
}

test_what_is_no_archive_of_images() {
  refused 1 'root filesystem.*use `minidock import`' minidock load -i "$(fixture busybox)"
  echo text >"$work/text"
  refused 1 'not a tar archive' minidock load -i "$work/text"
  : >"$work/empty"
  refused 1 'an empty file' minidock load -i "$work/empty"
  mkdir -p "$work/folder"
  refused 1 'neither manifest.json nor index.json' minidock load -i "$work/folder"
  refused 1 'open /none/here: no such file or directory' minidock load -i /none/here
  refused 1 'accepts no arguments' minidock load operand
  archive docker "$work/a.tar"
  head -c 3000 "$work/a.tar" >"$work/cut.tar"
  refused 1 'cut short' minidock load -i "$work/cut.tar"
  refused 1 'minidock load' minidock import "$work/a.tar"
}

test_several_images_and_one_is_damaged() {
  image busybox
  archive docker "$work/a.tar" tag=whole:1
  minidock load -q -i "$work/a.tar" >/dev/null
  minidock save busybox whole:1 >"$work/both.tar"
  minidock rmi -f busybox whole:1 >/dev/null
  assert_eq "$(minidock load -i "$work/both.tar")" $'Loaded image: busybox:latest\nLoaded image: whole:1'
  minidock rmi -f busybox whole:1 >/dev/null
  minidock image prune -af >/dev/null
  sed -i 's/kept/KEPT/' "$work/both.tar"
  try minidock load -i "$work/both.tar"
  assert_rc 1
  assert_eq "$out" 'Loaded image: busybox:latest'
  assert_match "$err" 'image whole:1: layer 1 .*its SHA-256 is'
  assert_eq "$(minidock images -q | wc -l)" 1 "number of images"
}

# Whoever loads while another removes has the whole image in the end, and so has the other nothing half.
test_at_once() {
  archive docker "$work/a.tar" tag=once:1
  forget once:1
  local i loads=() removing
  (while :; do minidock rmi -f once:1; done >/dev/null 2>&1) &
  removing=$!
  for i in 1 2 3 4; do
    "$MINIDOCK_BINARY" load -q -i "$work/a.tar" >"$work/load.$i" 2>&1 &
    loads+=($!)
  done
  for i in 0 1 2 3; do wait "${loads[$i]}" || fail "load failed: $(cat "$work/load.$((i + 1))")"; done
  kill $removing
  wait $removing || true
  minidock load -q -i "$work/a.tar" >/dev/null
  assert_eq "$(files once:1)" "$kFiles"
}

test_events() {
  archive docker "$work/a.tar" tag=told:1
  forget told:1
  local since
  since=$(date +%s.%N)
  minidock load -q -i "$work/a.tar" >/dev/null
  assert_match "$(minidock events --since "$since" --until "$(date +%s.%N)" --filter event=load)" 'image load sha256:'
}

test_a_terminal_gives_nothing() {
  on_terminal 'expect requested load from stdin, but stdin is empty' "$MINIDOCK_BINARY" load
  assert_rc 1
}

test_progress_that_is_asked_for() {
  image busybox
  minidock save -o "$work/shown.tar" busybox
  minidock rmi -f busybox >/dev/null
  try minidock load --progress json -i "$work/shown.tar"
  assert_rc 0
  assert_match "$out" '^Loaded image: busybox:latest$'
  local layer
  layer=$(minidock inspect -f '{{index .RootFS.Layers 0}}' busybox)
  assert_eq "$(jq -r '.status + " " + .id' <<<"$err" | sort -u)" "Loading layer ${layer:7:12}"
  assert_eq "$(tail -n 1 <<<"$err" | jq '.progressDetail.current == .progressDetail.total')" true
  try minidock load --progress plain -i "$work/shown.tar"
  assert_no_match "$err" Loading # all of it is here
  minidock rmi -f busybox >/dev/null
  try minidock load --progress plain <"$work/shown.tar"
  assert_match "$err" "Loading layer ${layer:7:12}: .* 100%"
  refused 125 'invalid progress' minidock load --progress loud -i "$work/shown.tar"
}

test_a_line_a_layer_on_a_terminal() {
  local archive=$work/lines.tar
  "$support/image_archive" docker "$archive" layers=3
  on_terminal 'expect Loaded image: made:latest' "$MINIDOCK_BINARY" load -i "$archive"
  assert_rc 0
  local shown
  shown=$(grep -ao '[0-9a-f]\{12\}: Loading layer \[=*\]  [^ ]* / [^ ]*  100%' <<<"$out" | cut -d: -f1 | uniq)
  assert_eq "$shown" "$(minidock inspect -f '{{json .RootFS.Layers}}' made | jq -r '.[][7:19]')" "the layers that were shown"
  assert_match "$out" $'100%[^\n]*\r?\n?.*Loaded image: made:latest'
  on_terminal 'expect Loaded image' "$MINIDOCK_BINARY" load -i "$archive"
  assert_no_match "$out" 'Loading layer' # they are here
  minidock rmi made >/dev/null
  on_terminal 'expect Loaded image' "$MINIDOCK_BINARY" load -q -i "$archive"
  assert_no_match "$out" 'Loading'
  minidock rmi made >/dev/null
  gzip "$archive"
  on_terminal 'expect Loaded image' "$MINIDOCK_BINARY" load -i "$archive.gz" # the whole is read first, on a line that goes
  assert_match "$out" $'Loading .*lines.tar.gz: .*\r\x1b\\[K.*: Loading layer'
  minidock rmi made >/dev/null
}

run_tests
