# push of signatures: to a registry that lists an image's artifacts itself, to those that do not, and to one that takes none.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

key() {
  openssl genpkey -algorithm ed25519 -out "$work/$1.key"
  openssl pkey -in "$work/$1.key" -pubout -out "$work/$1.pem"
}
# signed NAME KEY...: such an image is here, and has these signatures for its name.
signed() {
  local name=$1 one
  shift
  "$support/image_archive" docker "$work/made.tar" "tag=$name"
  minidock load -q -i "$work/made.tar" >/dev/null
  for one in "$@"; do minidock image sign --key "$work/$one.key" "$name" >/dev/null; done
}
# ruled KEY COMMAND...: where images of $registry need that signature.
ruled() {
  printf '[[trust]]\nname = "%s"\nkeys = ["%s"]\n' "$registry" "$work/$1.pem" >"$work/rule.toml"
  shift
  MINIDOCK_CONFIG_FILE=$work/rule.toml "$@"
}
artifact_type=application/vnd.minidock.image-signatures.v1
# The index of the artifacts of the image $1, as clients keep it: below a tag.
index_of() {
  local digest
  digest=$(skopeo inspect --raw --tls-verify=false "docker://$1" | sha256sum | cut -d' ' -f1)
  skopeo inspect --raw --tls-verify=false "docker://${1%:*}:sha256-$digest"
}
signatures_here() {
  local id
  id=$(minidock inspect -f '{{.Id}}' "$1")
  find "$MINIDOCK_ROOT/signatures/${id#sha256:}" -name '*.json' | wc -l
}
# Envelopes that the registry NAME has.
envelopes_at() { grep -rl payloadType "$work/$1/data" | wc -l; }

test_debians_registry() {
  key one
  key two
  start_registry plain
  local name=$registry/shop/web:1
  signed "$name" one
  # One for another name is not this repository's business.
  minidock image sign --key "$work/two.key" --name secret.example/web "$name" >/dev/null
  minidock push -q "$name" >/dev/null
  assert_eq "$(index_of "$name" | jq -c '[.mediaType, [.manifests[].artifactType]]')" \
    "[\"application/vnd.oci.image.index.v1+json\",[\"$artifact_type\"]]"
  assert_eq "$(envelopes_at plain)" 1
  # Again: the same artifact, listed once. With one signature more: another, behind it.
  minidock push -q "$name" >/dev/null
  assert_eq "$(index_of "$name" | jq '.manifests | length')" 1
  minidock image sign --key "$work/two.key" "$name" >/dev/null
  minidock push -q "$name" >/dev/null
  assert_eq "$(index_of "$name" | jq '.manifests | length')" 2
  assert_eq "$(envelopes_at plain)" 2
  minidock rmi "$name" >/dev/null
  # A pull has both, each once.
  ruled two minidock pull -q "$name" >/dev/null
  assert_eq "$(signatures_here "$name")" 2
  assert_match "$(ruled one minidock image verify "$name")" "$registry/shop/web  $work/one.pem"
  assert_match "$(ruled two minidock image verify "$name")" "$registry/shop/web  $work/two.pem"
  minidock rmi "$name" >/dev/null
}

test_what_others_have_listed_stays() {
  key one
  start_registry others
  local name=$registry/shop/web:1 digest
  signed "$name"
  minidock push -q "$name" >/dev/null
  digest=$(skopeo inspect --raw --tls-verify=false "docker://$name" | sha256sum | cut -d' ' -f1)
  skopeo inspect --raw --tls-verify=false "docker://$name" >"$work/theirs"
  jq -n --arg digest "sha256:$digest" --argjson size "$(wc -c <"$work/theirs")" '{schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json", annotations: {whose: "theirs"}, manifests: [{
      mediaType: "application/vnd.oci.image.manifest.v1+json", $digest, $size, artifactType: "x/sbom", annotations: {a: "b"}}]}' >"$work/index.json"
  python3 - "http://$registry/v2/shop/web/manifests/sha256-$digest" "$work/index.json" <<'EOF'
import sys, urllib.request
with open(sys.argv[2], "rb") as file:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], file.read(), method="PUT", headers={
        "Content-Type": "application/vnd.oci.image.index.v1+json"}))
EOF
  minidock image sign --key "$work/one.key" "$name" >/dev/null
  minidock push -q "$name" >/dev/null
  assert_eq "$(index_of "$name" | jq -c '[.annotations.whose, [.manifests[] | .artifactType, .annotations.a]]')" \
    "[\"theirs\",[\"x/sbom\",\"b\",\"$artifact_type\",null]]"
  minidock rmi "$name" >/dev/null
}

test_a_registry_that_lists_them_itself() {
  key one
  start_pushes referrers=yes
  local name=$registry/web:1
  signed "$name" one
  minidock push -q "$name" >/dev/null
  assert_eq "$(grep -c '^PUT .*/manifests/sha256:' "$work/pushes")" 1 "artifacts"
  assert_empty "$(grep 'manifests/sha256-' "$work/pushes")" "the tag that it does not need"
  # The image's own comes last: nobody finds it without its signatures.
  assert_match "$(grep '^PUT .*/manifests/' "$work/pushes" | tail -1)" '/manifests/1 '
  minidock rmi "$name" >/dev/null
  ruled one minidock pull -q "$name" >/dev/null
  assert_eq "$(grep -c "^GET .*/referrers/sha256:.*artifactType=application%2Fvnd.minidock" "$work/pushes")" 1
  ruled one minidock image verify "$name" >/dev/null
  minidock rmi "$name" >/dev/null
}

test_a_registry_that_answers_to_everything() {
  key one
  start_pushes referrers=page
  local name=$registry/web:1
  signed "$name" one
  minidock push -q "$name" >/dev/null
  minidock rmi "$name" >/dev/null
  ruled one minidock pull -q "$name" >/dev/null
  minidock rmi "$name" >/dev/null
}

test_a_registry_that_takes_none() {
  key one
  start_pushes referrers=no
  local name=$registry/web:1
  signed "$name" one
  try minidock push "$name"
  assert_rc 1
  assert_match "$out" '1: digest: sha256:'
  assert_match "$err" "cannot push $name: it is there, but not its signatures: manifest sha256:.*manifest invalid"
  minidock rmi "$name" >/dev/null
  # An image without any has nothing to do with that.
  signed "$name"
  minidock push -q "$name" >/dev/null
  minidock rmi "$name" >/dev/null
  minidock pull -q "$name" >/dev/null
  refused 1 'is not trusted' ruled one minidock pull -q "$name"
  minidock rmi "$name" >/dev/null
}

run_tests
