#!/bin/bash
# Images go to and fro between minidock and skopeo, umoci, podman and dockerd: with the same IDs, and the same files.
. "$(dirname "$0")/../support/peers.sh"
. "$support/dockerd.sh"
. "$support/registry.sh"

archive() { "$support/image_archive" "$@"; }
podman_() {
  (cd "$work" && env -u DOCKER_CONFIG podman --root "$work/podman/store" --runroot "$work/podman/state" --tmpdir "$work/podman/tmp" \
    --storage-driver vfs --cgroup-manager cgroupfs --events-backend file "$@")
}
skopeo_() { skopeo --insecure-policy --tmpdir "$work" "$@" >/dev/null; }
umoci_() { umoci --log error "$@"; }
docker=$work/dockerd/docker
mkdir -p "$work/podman"
start_dockerd dockerd --storage-driver overlay2
after_tests() { stop_dockerds; }

# What is in a directory, a line for each thing: type, mode, owner, time, links, content; engines add places to mount on.
tree_in() {
  (cd "$1" && find . -mindepth 1 \( -path ./dev -o -path ./proc -o -path ./sys -o -path ./etc -o -path ./run -o \
    -name .dockerenv \) -prune -o -printf '%P %y %m %U:%G %T@ %n %l ' \( -type f -exec sha256sum {} \; -o -printf '\n' \) |
    LC_ALL=C sort)
}
# exported NAME < a tar: its tree.
exported() {
  rm -rf "${work:?}/tree" && mkdir "$work/tree"
  tar -x --numeric-owner -C "$work/tree"
  tree_in "$work/tree"
}
our_tree() {
  local id
  id=$(minidock create "$1" none)
  minidock export "$id" | exported
  minidock rm "$id" >/dev/null
}
docker_tree() {
  local id
  id=$("$docker" create "$1" none)
  "$docker" export "$id" | exported
  "$docker" rm "$id" >/dev/null
}
podman_tree() {
  local id
  id=$(podman_ create "$1" none)
  podman_ export "$id" | exported
  podman_ rm "$id" >/dev/null
}
our_id() { minidock inspect -f '{{.Id}}' "$1"; }
# made TAG OPTION...: such an image is here; $id is its ID.
made() {
  local tag=$1
  shift
  archive docker "$work/made.tar" tag="$tag" "$@"
  minidock load -q -i "$work/made.tar" >/dev/null
  id=$(our_id "$tag")
}
# loaded WHAT: it is loaded again, and is the image $id.
loaded() {
  local said
  minidock rmi -f "$id" >/dev/null
  said=$(minidock load -i "$1")
  assert_match "$said" '^Loaded image'
  assert_eq "$(minidock inspect -f '{{.Id}}' "$id" 2>/dev/null)" "$id" "what came back"
}

test_skopeo() {
  made skopeo:1
  local before how
  before=$(our_tree skopeo:1)
  rm -f "$work"/{docker,oci}.tar # skopeo adds to none
  minidock save -o "$work/a.tar" skopeo:1
  skopeo_ copy "docker-archive:$work/a.tar" "docker-archive:$work/docker.tar:skopeo:1"
  loaded "$work/docker.tar"
  skopeo_ copy "oci-archive:$work/a.tar" "oci-archive:$work/oci.tar:skopeo:1"
  loaded "$work/oci.tar"
  for how in gzip zstd; do
    rm -rf "$work/layout"
    skopeo_ copy --dest-compress-format $how "oci-archive:$work/a.tar" "oci:$work/layout:skopeo:1"
    loaded "$work/layout"
    assert_eq "$(our_tree skopeo:1)" "$before"
  done
}

test_umoci() {
  made umoci:1
  minidock save -o "$work/a.tar" umoci:1
  rm -rf "$work/layout" "$work/bundle" && mkdir "$work/layout"
  tar -x -C "$work/layout" -f "$work/a.tar"
  umoci_ unpack --image "$work/layout:1" "$work/bundle"
  assert_eq "$(tree_in "$work/bundle/rootfs")" "$(our_tree umoci:1)"
  # Its own layer: a file and a directory removed, a directory in the place of a file, a link to a file of below.
  (cd "$work/bundle/rootfs" && rm keep && rm -r hidden && rm two && mkdir two && echo x >two/x && ln dir/old dir/again &&
    touch -d @1700009999 two/x two dir) # umoci writes whole seconds
  umoci_ repack --image "$work/layout:changed" "$work/bundle"
  umoci_ rm --image "$work/layout:1"
  try minidock load -i "$work/layout"
  assert_rc 0
  # umoci leaves the name in the annotations as it was.
  assert_match "$out" 'Loaded image: umoci:1$'
  assert_ne "$(our_id umoci:1)" "$id"
  assert_eq "$(our_tree umoci:1)" "$(tree_in "$work/bundle/rootfs")"
}

test_podman() {
  made podman:1
  local before
  before=$(our_tree podman:1)
  minidock save podman:1 | podman_ load >/dev/null
  assert_eq "sha256:$(podman_ image inspect -f '{{.Id}}' podman:1)" "$id"
  assert_eq "$(podman_tree podman:1)" "$before"
  podman_ save -o "$work/p.tar" --format docker-archive podman:1
  minidock rmi podman:1 >/dev/null
  minidock load -q -i "$work/p.tar" >/dev/null
  assert_eq "$(our_tree localhost/podman:1 2>/dev/null || our_tree podman:1)" "$before"
  rm -f "$work/p.tar"
  podman_ save -o "$work/p.tar" --format oci-archive podman:1
  minidock load -q -i "$work/p.tar" >/dev/null
  assert_eq "$(our_tree localhost/podman:1 2>/dev/null || our_tree podman:1)" "$before"
}

# pulled: podman and docker pull $1, and it is the image $id with the files of $2, but for those that match $3.
pulled() {
  local except=${3:-^$}
  podman_ pull -q --tls-verify=false "$1" >/dev/null
  assert_eq "sha256:$(podman_ image inspect -f '{{.Id}}' "$1")" "$id"
  assert_eq "$(podman_tree "$1" | grep -v "$except")" "$2"
  podman_ rmi -f "$1" >/dev/null
  "$docker" pull -q "$1" >/dev/null
  assert_eq "$("$docker" inspect -f '{{.Id}}' "$1")" "$id"
  assert_eq "$(docker_tree "$1" | grep -v "$except")" "$2"
  "$docker" rmi "$1" >/dev/null
}

test_what_is_pushed() {
  local before upper except
  start_registry pushed
  for upper in '' mixed; do
    made "$registry/pushed:1" ${upper:+"upper=$upper"}
    # The layer has no entry for that directory: whose it is, and of when, is each engine's own idea.
    except='^$'
    [ -z "$upper" ] || except='^hidden d '
    before=$(our_tree "$registry/pushed:1" | grep -v "$except")
    minidock push -q "$registry/pushed:1" >/dev/null
    pulled "$registry/pushed:1" "$before" "$except"
    minidock push -q --format v2s2 "$registry/pushed:1" >/dev/null
    pulled "$registry/pushed:1" "$before" "$except"
    minidock rmi "$registry/pushed:1" >/dev/null
  done
  # And what docker pushes comes here, and goes on with the layers that it had.
  made docker:1
  minidock save docker:1 | "$docker" load >/dev/null
  "$docker" tag docker:1 "$registry/dockers:1"
  "$docker" push -q "$registry/dockers:1" >/dev/null
  minidock rmi docker:1 >/dev/null
  minidock pull -q "$registry/dockers:1" >/dev/null
  minidock tag "$registry/dockers:1" "$registry/ours:1"
  try minidock push --format v2s2 "$registry/ours:1"
  assert_eq "$(grep -c ': Mounted from ' <<<"$out")" 2
  "$docker" pull -q "$registry/ours:1" >/dev/null
  assert_eq "$("$docker" inspect -f '{{.Id}}' "$registry/ours:1")" "$id"
  minidock rmi "$registry"/{dockers,ours}:1 >/dev/null
}

test_127_layers_are_pushed() {
  start_registry many
  made "$registry/many:1" layers=125
  minidock push -q "$registry/many:1" >/dev/null
  minidock rmi "$registry/many:1" >/dev/null
  minidock pull -q "$registry/many:1" >/dev/null
  assert_eq "$(our_id "$registry/many:1")" "$id"
  podman_ pull -q --tls-verify=false "$registry/many:1" >/dev/null
  assert_eq "sha256:$(podman_ image inspect -f '{{.Id}}' "$registry/many:1")" "$id"
  minidock rmi "$registry/many:1" >/dev/null
}

test_docker() {
  made docker:1
  local before
  before=$(our_tree docker:1)
  assert_eq "$(minidock save docker:1 | "$docker" load)" 'Loaded image: docker:1'
  assert_eq "$("$docker" inspect -f '{{.Id}}' docker:1)" "$id"
  assert_eq "$(docker_tree docker:1)" "$before"
  "$docker" save docker:1 >"$work/d.tar"
  loaded "$work/d.tar"
  assert_eq "$(our_tree docker:1)" "$before"
}

test_signatures_are_passed_over() {
  made signed:1
  local before
  before=$(our_tree signed:1)
  openssl genpkey -algorithm ed25519 -out "$work/key"
  openssl pkey -in "$work/key" -pubout -out "$work/key.pem"
  minidock image sign --key "$work/key" signed:1 >/dev/null
  minidock save -o "$work/s.tar" signed:1
  tar -xOf "$work/s.tar" index.json | grep -q vnd.minidock.signatures
  # An archive of one image, still: no name is needed.
  rm -rf "$work/layout"
  skopeo_ copy "oci-archive:$work/s.tar" "oci:$work/layout:signed:1"
  skopeo_ copy "docker-archive:$work/s.tar" "docker-archive:$work/docker.tar:signed:1"
  rm -rf "$work/unpacked" "$work/bundle" && mkdir "$work/unpacked"
  tar -x -C "$work/unpacked" -f "$work/s.tar"
  umoci_ unpack --image "$work/unpacked:1" "$work/bundle"
  assert_eq "$(tree_in "$work/bundle/rootfs")" "$before"
  podman_ load -q -i "$work/s.tar" >/dev/null
  assert_eq "sha256:$(podman_ image inspect -f '{{.Id}}' signed:1)" "$id"
  assert_eq "$("$docker" load <"$work/s.tar")" 'Loaded image: signed:1'
  assert_eq "$("$docker" inspect -f '{{.Id}}' signed:1)" "$id"
  # What went through skopeo is the same image, and the signature in a file still is one of it.
  minidock image sign --key "$work/key" --output "$work/sig" signed:1 >/dev/null
  loaded "$work/layout"
  refused 1 'it has none' minidock image verify --key "$work/key.pem" signed:1
  minidock image verify --key "$work/key.pem" --signature "$work/sig" signed:1 >/dev/null
  loaded "$work/s.tar"
  minidock image verify --key "$work/key.pem" signed:1 >/dev/null
}

test_an_image_that_docker_has_changed() {
  requires image-busybox
  "$docker" import "$(fixture busybox)" changed:1 >/dev/null
  "$docker" run --name changing --network none changed:1 sh -c \
    'mkdir -p /new/deep; echo 1 >/new/deep/file; ln /new/deep/file /new/link; rm /bin/vi; rm -rf /usr/sbin; ln -s x /new/soft'
  "$docker" commit changing changed:2 >/dev/null
  "$docker" save changed:1 changed:2 >"$work/d.tar"
  assert_eq "$(minidock load -i "$work/d.tar" | sort)" $'Loaded image: changed:1\nLoaded image: changed:2'
  local tag
  for tag in changed:1 changed:2; do
    assert_eq "$(our_id $tag)" "$("$docker" inspect -f '{{.Id}}' $tag)"
    assert_eq "$(our_tree $tag)" "$(docker_tree $tag)"
  done
  # And on from here: a commit of ours is an image of docker's.
  minidock run --name further changed:2 sh -c 'rm -r /new/deep; mkdir /new/deep; echo 2 >/new/deep/other'
  minidock commit further changed:3 >/dev/null
  minidock save changed:3 | "$docker" load >/dev/null
  assert_eq "$("$docker" inspect -f '{{.Id}}' changed:3)" "$(our_id changed:3)"
  assert_eq "$(docker_tree changed:3)" "$(our_tree changed:3)"
  assert_eq "$(minidock history -q --no-trunc changed:3)" "$("$docker" history -q --no-trunc changed:3)"
}

test_as_many_layers_as_each_takes() {
  made most:1 layers=125
  local before
  before=$(our_tree most:1)
  minidock save -o "$work/a.tar" most:1
  skopeo_ copy --dest-compress-format zstd "oci-archive:$work/a.tar" "oci-archive:$work/oci.tar:most:1"
  loaded "$work/oci.tar"
  assert_eq "$(minidock inspect -f '{{len .RootFS.Layers}}' most:1)" 127
  assert_eq "$(our_tree most:1)" "$before"
  # docker 20.10 takes 125.
  made many:1 layers=123
  before=$(our_tree many:1)
  minidock save many:1 | "$docker" load >/dev/null
  assert_eq "$("$docker" inspect -f '{{.Id}} {{len .RootFS.Layers}}' many:1)" "$id 125"
  "$docker" save many:1 >"$work/d.tar"
  loaded "$work/d.tar"
  assert_eq "$(our_tree many:1)" "$before"
}

test_what_docker_says_of_names() {
  made names:1
  minidock tag names:1 names:2
  "$docker" load -q -i "$work/made.tar" >/dev/null
  "$docker" tag names:1 names:2
  local word
  for word in names names:1 "$id" none none:1; do
    try "$docker" save "$word" -o "$work/theirs.tar"
    local their_rc=$rc their_err=${err#Error response from daemon: }
    try minidock save "$word" -o "$work/ours.tar"
    assert_eq "$rc" "$their_rc" "status of save $word"
    [ "$rc" = 0 ] || { assert_contains "$err" "${their_err%:latest}"; continue; }
    assert_eq "$(tar -xOf "$work/ours.tar" manifest.json | jq -c '[.[].RepoTags]')" \
      "$(tar -xOf "$work/theirs.tar" manifest.json | jq -c '[.[].RepoTags]')" "names of save $word"
  done
}

run_tests
