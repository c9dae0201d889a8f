# manifest inspect: what a registry has, as docker prints it.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }

test_a_manifest() {
  start_registry plain
  made oci "$work/a.tar" compress=gzip
  put "oci-archive:$work/a.tar" "$registry/made:1"
  try minidock manifest inspect "$registry/made:1"
  assert_rc 0
  assert_empty "$err"
  assert_eq "$out" "$(raw "$registry/made:1" | jq --tab .)"
  try minidock manifest inspect -v "$registry/made:1"
  assert_rc 0
  local digest
  digest=sha256:$(raw "$registry/made:1" | sha256sum | cut -d' ' -f1)
  assert_eq "$(jq -c '[.Ref, .Descriptor.digest, .Descriptor.size, .Descriptor.platform.os]' <<<"$out")" \
    "[\"$registry/made:1\",\"$digest\",$(raw "$registry/made:1" | wc -c),\"linux\"]"
  assert_eq "$(jq -r .Raw <<<"$out" | base64 -d)" "$(raw "$registry/made:1")"
  assert_eq "$(jq -c .OCIManifest <<<"$out")" "$(raw "$registry/made:1" | jq -c .)"
  assert_eq "$(head -2 <<<"$out")" $'{\n\t"Ref": "'"$registry/made:1"'",'
  try minidock manifest inspect "$registry/made@$digest"
  assert_rc 0
  assert_empty "$(minidock images -q)" "images"
}

test_an_index() {
  start_registry index
  put_index made 1 amd64 arm64
  try minidock manifest inspect "$registry/made:1"
  assert_rc 0
  assert_eq "$out" "$(raw "$registry/made:1" | jq --indent 3 .)"
  try minidock manifest inspect -v "$registry/made:1"
  assert_eq "$(jq -c '[.[].Descriptor | [.digest, .size]]' <<<"$out")" \
    "$(raw "$registry/made:1" | jq -c '[.manifests[] | [.digest, .size]]')"
  assert_eq "$(jq -r '.[1].Ref' <<<"$out")" "$registry/made:1@$(raw "$registry/made:1" | jq -r '.manifests[1].digest')"
  assert_eq "$(jq -c '[.[].Descriptor.platform.architecture]' <<<"$out")" '["amd64","arm64"]'
}

test_a_manifest_of_dockers() {
  start_registry old
  made docker "$work/a.tar"
  skopeo copy -q --format v2s2 --dest-tls-verify=false "docker-archive:$work/a.tar" "docker://$registry/made:1"
  try minidock manifest inspect --verbose "$registry/made:1"
  assert_rc 0
  assert_eq "$(jq -c .SchemaV2Manifest <<<"$out")" "$(raw "$registry/made:1" | jq -c .)"
}

test_refusals() {
  start_registry tls tls
  refused 1 'SSL certificate problem' minidock manifest inspect "$registry/made:1"
  refused 1 "no such manifest: $registry/made:1$" minidock manifest inspect --insecure "$registry/made:1"
  refused 1 'No such manifest: list' minidock manifest inspect list "$registry/made:1"
  refused 1 'at least 1' minidock manifest inspect
  refused 1 'invalid reference format' minidock manifest inspect X
}

run_tests
