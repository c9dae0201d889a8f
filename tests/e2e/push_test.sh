# push: to Debian's registry and to one that does what no registry should; what it says, sends, and never sends.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
id_of() { minidock inspect -f '{{.Id}}' "$1"; }
digest_at() { skopeo inspect --tls-verify=false "docker://$1" | jq -r .Digest; }
raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }
requests() { grep -cE "$1" "$work/pushes" || true; }
# loaded NAME OPTION...: such an image is here under that name.
loaded() {
  local name=$1
  shift
  made docker "$work/loaded.tar" "tag=$name" "$@"
  minidock load -q -i "$work/loaded.tar" >/dev/null
}

test_docker_lines() {
  image busybox
  start_registry plain
  minidock tag busybox "$registry/box"
  local layer digest
  layer=$(minidock inspect -f '{{index .RootFS.Layers 0}}' busybox | cut -c8-19)
  try minidock push "$registry/box"
  assert_rc 0
  assert_empty "$err"
  digest=$(digest_at "$registry/box:latest")
  assert_eq "$out" "Using default tag: latest
The push refers to repository [$registry/box]
$layer: Preparing
$layer: Pushed
latest: digest: $digest size: $(raw "$registry/box:latest" | wc -c)"
  assert_eq "$(minidock inspect -f '{{.RepoDigests}}' "$registry/box")" "[$registry/box@$digest]"
  try minidock push "$registry/box:latest"
  assert_eq "$out" "The push refers to repository [$registry/box]
$layer: Preparing
$layer: Layer already exists
latest: digest: $digest size: $(raw "$registry/box:latest" | wc -c)"
  minidock tag busybox "$registry/other/box:1"
  try minidock push "$registry/other/box:1"
  assert_contains "$out" "$layer: Mounted from box"
  try minidock image push -q --disable-content-trust "$registry/box:latest"
  assert_eq "$out" "$registry/box:latest"
  try minidock push -q -a "$registry/box"
  assert_eq "$out" "$registry/box"
  minidock rmi -f "$registry/box" "$registry/other/box:1" >/dev/null
}

test_all_tags() {
  start_registry all
  loaded "$registry/all:one"
  minidock tag "$registry/all:one" "$registry/all:two"
  try minidock push -a "$registry/all"
  assert_rc 0
  assert_match "$out" 'one: digest: sha256:[0-9a-f]+ size: [0-9]+.*two: digest: '
  assert_eq "$(skopeo list-tags --tls-verify=false "docker://$registry/all" | jq -c .Tags)" '["one","two"]'
  minidock rmi "$registry/all:one" "$registry/all:two" >/dev/null
}

test_words() {
  refused 1 'requires 1 argument' minidock push
  refused 1 'invalid reference format' minidock push X
  refused 1 "tag can't be used with --all-tags/-a" minidock push -a x.example/a:1
  refused 1 'cannot push a digest reference' minidock push "x.example/a@sha256:$(printf '0%.0s' {1..64})"
  refused 125 'unknown format' minidock push --format tar x.example/a:1
  refused 1 'not signed here' minidock push --disable-content-trust=false x.example/a:1
  try minidock push 127.0.0.1:1/none:1
  assert_rc 1
  assert_eq "$out" 'The push refers to repository [127.0.0.1:1/none]'
  assert_match "$err" 'An image does not exist locally with the tag: 127.0.0.1:1/none$'
  loaded 127.0.0.1:1/some:1
  try minidock push 127.0.0.1:1/some:2
  assert_match "$err" 'tag does not exist: 127.0.0.1:1/some:2$'
  try minidock push 127.0.0.1:1/some:1
  assert_rc 1
  assert_match "$err" 'cannot push 127.0.0.1:1/some:1: .*(Failed to connect|refused)'
  try minidock push --platform linux/s390x 127.0.0.1:1/some:1
  assert_match "$err" 'image with reference 127.0.0.1:1/some:1 was found but its platform \(linux/.*\) does not match the specified platform \(linux/s390x\)'
  minidock rmi 127.0.0.1:1/some:1 >/dev/null
}

test_what_comes_back_is_the_same() {
  start_registry back
  local id upper
  for upper in '' root mixed; do
    loaded "$registry/back:v$upper" ${upper:+"upper=$upper"}
    id=$(id_of "$registry/back:v$upper")
    minidock push -q "$registry/back:v$upper" >/dev/null
    minidock image explore "$registry/back:v$upper" >"$work/before"
    minidock rmi "$registry/back:v$upper" >/dev/null
    minidock pull -q "$registry/back:v$upper" >/dev/null
    assert_eq "$(id_of "$registry/back:v$upper")" "$id"
    minidock image explore "$registry/back:v$upper" >"$work/after"
    cmp "$work/before" "$work/after" || fail "other files of $upper"
    minidock rmi "$registry/back:v$upper" >/dev/null
  done
}

test_the_same_image_has_the_same_digest_everywhere() {
  start_registry one
  loaded "$registry/same:1" layers=3
  minidock push -q "$registry/same:1" >/dev/null
  local first=$registry digest
  digest=$(digest_at "$first/same:1")
  start_registry two
  # From another store, which has never seen the first registry.
  (
    export MINIDOCK_ROOT=$work/other/root MINIDOCK_RUN_ROOT=$work/other/run
    loaded "$registry/same:1" layers=3
    minidock push -q "$registry/same:1" >/dev/null
    minidock system reset -f >/dev/null
  )
  assert_eq "$(digest_at "$registry/same:1")" "$digest"
  assert_eq "$(raw "$first/same:1" | jq -r .mediaType)" application/vnd.oci.image.manifest.v1+json
  minidock push -q --format v2s2 "$first/same:1" >/dev/null
  assert_eq "$(raw "$first/same:1" | jq -r '.mediaType, .config.mediaType, .layers[0].mediaType')" \
    "application/vnd.docker.distribution.manifest.v2+json
application/vnd.docker.container.image.v1+json
application/vnd.docker.image.rootfs.diff.tar.gzip"
  minidock rmi "$first/same:1" >/dev/null
}

# The digests by which a registry has the layers of a pulled image stand for them when it is pushed.
test_pulled_layers_are_not_compressed_again() {
  minidock image prune -af >/dev/null  # only what is fetched has been seen
  start_registry near
  local near=$registry how
  for how in gzip zstd; do
    made oci "$work/a.tar" compress=$how
    put "oci-archive:$work/a.tar" "$near/from:$how"
    minidock pull -q "$near/from:$how" >/dev/null
    minidock tag "$near/from:$how" "$near/to:$how"
    try minidock push "$near/to:$how"
    assert_rc 0
    assert_eq "$(grep -c 'Mounted from from' <<<"$out")" 2 "layers mounted"
    assert_eq "$(raw "$near/to:$how" | jq -c '[.layers[] | .digest, .mediaType]')" \
      "$(raw "$near/from:$how" | jq -c '[.layers[] | .digest, .mediaType]')"
    # A manifest of docker's cannot say zstd.
    try minidock push --format v2s2 "$near/to:$how"
    assert_rc 0
    assert_eq "$(raw "$near/to:$how" | jq -r '.layers[].mediaType' | uniq)" application/vnd.docker.image.rootfs.diff.tar.gzip
    minidock rmi "$near/from:$how" "$near/to:$how" >/dev/null
  done
  minidock pull -q "$near/from:gzip" >/dev/null
  start_registry far
  minidock tag "$near/from:gzip" "$registry/to:1"
  try minidock push "$registry/to:1"
  assert_eq "$(grep -c ': Pushed' <<<"$out")" 2 "layers sent"
  minidock rmi "$near/from:gzip" "$registry/to:1" >/dev/null
}

test_a_layer_that_an_image_has_twice() {
  start_registry twice
  image busybox
  minidock save busybox >"$work/twice.tar"
  python3 - "$work/twice.tar" "$registry/twice:1" <<'END'
import hashlib, io, json, sys, tarfile
path, name = sys.argv[1:]
files = {m.name: tarfile.open(path).extractfile(m).read() for m in tarfile.open(path) if m.isfile()}
manifest = json.loads(files["manifest.json"])
config = json.loads(files[manifest[0]["Config"]])
config["rootfs"]["diff_ids"].append(config["rootfs"]["diff_ids"][-1])
config["history"].append(config["history"][-1])
text = json.dumps(config).encode()
at = "blobs/sha256/" + hashlib.sha256(text).hexdigest()
manifest[0].update(Config=at, Layers=manifest[0]["Layers"] + manifest[0]["Layers"][-1:], RepoTags=[name])
with tarfile.open(path, "w") as tar:
    for member, data in {**{n: d for n, d in files.items() if n not in ("index.json", "oci-layout", "repositories")},
                         "manifest.json": json.dumps(manifest).encode(), at: text}.items():
        info = tarfile.TarInfo(member)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
END
  minidock load -q -i "$work/twice.tar" >/dev/null
  try minidock push "$registry/twice:1"
  assert_rc 0
  assert_eq "$(grep -c ': Pushed' <<<"$out")" 2 "lines"
  assert_eq "$(raw "$registry/twice:1" | jq -c '[.layers | length, (unique | length)]')" '[2,1]'
  minidock rmi "$registry/twice:1" >/dev/null
}

test_passwords_and_certificates() {
  start_registry safe tls password
  trust "$registry"
  export MINIDOCK_CERTIFICATES=$work/certificates
  rm -f "$DOCKER_CONFIG/config.json"
  loaded "$registry/safe:1"
  try minidock push "$registry/safe:1"
  assert_rc 1
  assert_match "$err" "unauthorized: authentication required.*minidock login $registry"
  minidock login -u anna --password-stdin "$registry" <<<secret >/dev/null 2>&1
  try minidock push "$registry/safe:1"
  assert_rc 0
  minidock rmi "$registry/safe:1" >/dev/null
  try minidock pull -q "$registry/safe:1"
  assert_rc 0
  minidock rmi "$registry/safe:1" >/dev/null
  rm "$DOCKER_CONFIG/config.json"
}

# Tokens for what is done: a mount asks for one more repository to read.
test_bearer_tokens_of_a_real_registry() {
  minidock image prune -af >/dev/null
  start_registry bearer bearer
  rm -f "$DOCKER_CONFIG/config.json"
  loaded "$registry/one:1"
  minidock tag "$registry/one:1" "$registry/two:1"
  try minidock push "$registry/one:1"
  assert_rc 1
  assert_match "$err" "requested access to the resource is denied|authentication required"
  printf '{"auths":{"%s":{"identitytoken":"identity"}}}' "$registry" >"$DOCKER_CONFIG/config.json"
  : >"$work/tokens"
  try minidock push "$registry/one:1"
  assert_rc 0
  assert_eq "$(sort -u "$work/tokens")" 'POST anna repository:one:pull,push'
  : >"$work/tokens"
  try minidock push "$registry/two:1"
  assert_rc 0
  assert_contains "$out" 'Mounted from one'
  assert_eq "$(sort -u "$work/tokens")" 'POST anna repository:two:pull,push
POST anna repository:two:pull,push repository:one:pull'
  minidock rmi "$registry/one:1" "$registry/two:1" >/dev/null
  rm "$DOCKER_CONFIG/config.json"
}

# --- a registry that does what none should -------------------------------------------------------------------------

# to_such NAME=VALUE...: busybox is pushed to such a registry.
to_such() {
  image busybox
  start_pushes "$@"
  minidock tag busybox "$registry/made:1"
  try minidock push "$registry/made:1"
  minidock rmi "$registry/made:1" >/dev/null
}
# arrived: and it is there as a whole; $1 uploads of its layer were begun.
arrived() {
  assert_rc 0
  assert_eq "$(grep ^manifest "$work/pushes")" 'manifest whole'
  assert_eq "$(requests '^PATCH')" "$1" "uploads of the layer"
}
# failed REGEX: it has said so in one line, and no manifest went.
failed() {
  assert_rc 1
  assert_match "$err" "$1"
  [ "$(wc -l <<<"$err")" = 1 ] || fail "more than one line"
  assert_empty "$(grep ^manifest "$work/pushes")" "a manifest of what is not there"
}

test_uploads_as_registries_have_them() {
  to_such
  arrived 1
  to_such location=absolute
  arrived 1
  to_such token=yes
  arrived 1
  assert_match "$(grep -m 1 /token "$work/pushes")" 'service=tests&scope=repository%3Amade%3Apull%2Cpush'
}

test_what_breaks_is_begun_again() {
  to_such break=dies
  arrived 2
  to_such break=busy
  arrived 2
  to_such break=error
  arrived 2
  to_such break=expires token=yes
  arrived 2
}

test_wrong_answers() {
  to_such break=gone
  failed 'Failed to connect|Connection refused|reset by peer'
  to_such break=denied
  failed 'denied: it is denied; use .minidock login 127'
  to_such break=full
  failed 'larger than the registry takes: size invalid'
  to_such break=digest
  failed 'the registry says that it has sha256:0000.*, and was sent sha256:'
  to_such break=nowhere
  failed 'ftp://x'
  to_such break=manifest
  assert_rc 1
  assert_match "$err" 'manifest sha256:.*: the registry says that it has'
}

test_another_host_gets_no_credentials() {
  image busybox
  start_pushes
  mv "$work/pushes" "$work/elsewhere"
  local away=${registry##*:} shared=$work/pushed port
  next_port
  python3 "$support/push_registry" "$port" "$work/pushes" "share=$shared" token=yes "away=$away" &
  registries+=($!)
  wait_until 60 answers "$port"
  minidock tag busybox "127.0.0.1:$port/made:1"
  try minidock push "127.0.0.1:$port/made:1"
  assert_rc 0
  assert_eq "$(grep ^manifest "$work/pushes")" 'manifest whole'
  assert_eq "$(grep -cE '^(PATCH|PUT) ' "$work/elsewhere")" 3 "requests with bytes"
  assert_empty "$(grep -v ' -$' "$work/elsewhere")" "what the other host was told of us"
  grep -q Bearer "$work/pushes" || fail "the registry itself had no token"
  minidock rmi "127.0.0.1:$port/made:1" >/dev/null
}

test_a_refused_mount_becomes_the_upload() {
  image busybox
  start_pushes mount=no
  minidock tag busybox "$registry/first:1"
  minidock push -q "$registry/first:1" >/dev/null
  rm "$work/pushed"/*
  : >"$work/pushes"
  minidock tag busybox "$registry/second:1"
  try minidock push "$registry/second:1"
  arrived 1
  assert_eq "$(requests '^POST.*mount=sha256%3A.*&from=first')" 1
  assert_eq "$(requests '^POST /v2/second/blobs/uploads/ ')" 1 "uploads begun: the config's alone"
  minidock rmi "$registry/first:1" "$registry/second:1" >/dev/null
}

test_a_damaged_layer_is_not_sent() {
  start_pushes
  loaded "$registry/damaged:1"
  local layer other file
  layer=$(minidock inspect -f '{{index .RootFS.Layers 0}}' "$registry/damaged:1")
  other=$(minidock inspect -f '{{index .RootFS.Layers 1}}' "$registry/damaged:1")
  file=$MINIDOCK_ROOT/blobs/sha256/${layer#sha256:}
  chmod u+w "$file"
  printf X | dd of="$file" bs=1 seek=600 conv=notrunc status=none
  try minidock push "$registry/damaged:1"
  failed "layer $layer is damaged on the disk"
  # The other layer may have been faster.
  for file in "$work/pushed"/*; do
    [ ! -e "$file" ] || assert_eq "sha256:$(zcat "$file" | sha256sum | cut -d' ' -f1)" "$other" "what the registry has"
  done
  assert_eq "$(requests '^PUT .*/manifests/')" 0 "manifests"
  minidock rmi "$registry/damaged:1" >/dev/null
}

test_progress() {
  image busybox
  start_pushes
  minidock tag busybox "$registry/made:1"
  try minidock push --progress json "$registry/made:1"
  jq -e . <<<"$out" >/dev/null || fail "not JSON"
  assert_eq "$(jq -r 'select(.status == "Pushed") | .id' <<<"$out" | wc -l)" 1
  rm "$work/pushed"/*
  on_terminal 'expect digest: sha256' "$MINIDOCK_BINARY" push "$registry/made:1"
  assert_rc 0
  assert_match "$out" 'Pushed'
  minidock rmi "$registry/made:1" >/dev/null
}

test_a_killed_push_leaves_nothing() {
  image busybox
  start_registry killed
  minidock tag busybox "$registry/killed:1"
  local moment
  for moment in 0.05 0.1 0.2 0.4; do
    (timeout -s KILL "$moment" "$MINIDOCK_BINARY" push -q "$registry/killed:1" || true) >/dev/null 2>&1
    wait_until 10 minidock system check
  done
  minidock push -q "$registry/killed:1" >/dev/null
  minidock rmi "$registry/killed:1" >/dev/null
}

test_a_store_of_the_second_format() {
  requires sqlite3
  minidock image prune -af >/dev/null
  image busybox
  sqlite3 "$MINIDOCK_ROOT/minidock.db" 'drop table networks; drop table layer_forms; pragma user_version = 2'
  start_pushes
  minidock tag busybox "$registry/made:1"
  minidock push -q "$registry/made:1" >/dev/null
  assert_eq "$(sqlite3 "$MINIDOCK_ROOT/minidock.db" 'select count(*) from layer_forms; pragma user_version')" $'1\n4'
  # What is known of a layer goes with it.
  minidock rmi -f "$registry/made:1" busybox >/dev/null
  assert_eq "$(sqlite3 "$MINIDOCK_ROOT/minidock.db" 'select count(*) from layer_forms')" 0
}

run_tests
