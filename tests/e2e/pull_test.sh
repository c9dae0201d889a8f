# pull: from Debian's registry and from one that does what no registry should; what it says, keeps and refuses.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
forget() {
  minidock rmi -f "$1" >/dev/null 2>&1 || true
  minidock image prune -af >/dev/null
}
requests() { grep -c "$1" "$work/hostile" || true; }

test_docker_lines() {
  start_registry plain
  made oci "$work/a.tar" compress=gzip layers=4
  put "oci-archive:$work/a.tar" "$registry/made:latest"
  try minidock pull "$registry/made"
  assert_rc 0
  assert_empty "$err"
  local digest
  digest=$(skopeo inspect --tls-verify=false "docker://$registry/made:latest" | jq -r .Digest)
  assert_eq "$out" "Using default tag: latest
latest: Pulling from made
Digest: $digest
Status: Downloaded newer image for $registry/made:latest
$registry/made:latest"
  try minidock pull -q "$registry/made:latest"
  assert_rc 0
  assert_eq "$out" "$registry/made:latest"
  try minidock pull "$registry/made:latest"
  assert_eq "$out" "latest: Pulling from made
Digest: $digest
Status: Image is up to date for $registry/made:latest
$registry/made:latest"
  assert_eq "$(minidock inspect -f '{{index .RepoDigests 0}}' "$registry/made")" "$registry/made@$digest"
  assert_contains "$(minidock images --digests)" "$digest"
  assert_eq "$(minidock inspect -f '{{.Id}}' "$registry/made@$digest")" "$(minidock inspect -f '{{.Id}}' "$registry/made")"
}

test_the_same_image_as_a_load() {
  start_registry same
  local how
  for how in '' gzip zstd; do
    made oci "$work/a.tar" tag=loaded:1 ${how:+compress=$how}
    put "oci-archive:$work/a.tar" "$registry/same:1"
    minidock pull -q "$registry/same:1" >/dev/null
    minidock load -q -i "$work/a.tar" >/dev/null
    assert_eq "$(minidock inspect -f '{{.Id}} {{.RootFS.Layers}}' "$registry/same:1")" \
      "$(minidock inspect -f '{{.Id}} {{.RootFS.Layers}}' loaded:1)"
    minidock rmi loaded:1 >/dev/null
    forget "$registry/same:1"
  done
}

test_run_and_create_pull_what_is_missing() {
  image busybox
  minidock save busybox >"$work/busybox.tar"
  start_registry runs
  put "docker-archive:$work/busybox.tar" "$registry/busybox:1"
  minidock rmi busybox >/dev/null
  try minidock run --rm "$registry/busybox:1" echo hello
  assert_rc 0
  assert_eq "$out" hello
  assert_match "$err" "^Unable to find image '$registry/busybox:1' locally"
  assert_contains "$err" "Status: Downloaded newer image for $registry/busybox:1"
  try minidock run --rm "$registry/busybox:1" echo hello
  assert_empty "$err"
  try minidock run --rm --pull always "$registry/busybox:1" echo hello
  assert_eq "$out" hello
  assert_contains "$err" "Status: Image is up to date"
  forget "$registry/busybox:1"
  refused 125 '^Error: No such image' minidock run --rm --pull never "$registry/busybox:1" true
  try minidock create -q "$registry/busybox:1" true
  assert_rc 0
  assert_match "$out" '^[0-9a-f]{64}$'
  assert_empty "$err"
}

test_by_digest_and_removal() {
  start_registry names
  made oci "$work/a.tar"
  put "oci-archive:$work/a.tar" "$registry/names:1"
  local digest
  digest=$(skopeo inspect --tls-verify=false "docker://$registry/names:1" | jq -r .Digest)
  try minidock pull "$registry/names@$digest"
  assert_rc 0
  assert_eq "$(head -1 <<<"$out")" "$digest: Pulling from names"
  assert_eq "$(tail -1 <<<"$out")" "$registry/names@$digest"
  assert_match "$(minidock images --digests "$registry/names")" "$registry/names +<none> +$digest"
  refused 1 'not found: manifest unknown' minidock pull "$registry/names@sha256:$(printf '0%.0s' {1..64})"
  minidock pull -q "$registry/names:1" >/dev/null
  assert_match "$(minidock images --digests "$registry/names")" "$registry/names +1 +$digest"
  try minidock rmi "$registry/names:1"
  assert_contains "$out" "Untagged: $registry/names:1
Untagged: $registry/names@$digest
Deleted: sha256:"
  minidock pull -q "$registry/names@$digest" >/dev/null
  try minidock rmi "$registry/names@$digest"
  assert_contains "$out" "Untagged: $registry/names@$digest
Deleted: sha256:"
}

test_layers_that_are_here_are_not_fetched() {
  start_hostile
  minidock pull -q "$registry/made" >/dev/null
  assert_eq "$(requests '/blobs/')" 2
  : >"$work/hostile"
  minidock tag "$registry/made" kept:1
  minidock rmi "$registry/made" >/dev/null
  minidock pull -q "$registry/made" >/dev/null
  assert_eq "$(requests '/blobs/')" 0
  forget kept:1
}

test_platforms() {
  start_hostile arch=s390x
  refused 1 'no matching manifest for linux/.* there is linux/s390x; choose one with --platform' \
    minidock pull "$registry/made:latest"
  try minidock pull -q --platform linux/s390x "$registry/made"
  assert_rc 0
  assert_eq "$(minidock inspect -f '{{.Architecture}}' "$registry/made")" s390x
  forget "$registry/made"
  start_hostile
  refused 1 'the image is for linux/.*, not for linux/s390x' minidock pull -q --platform linux/s390x "$registry/made"
  refused 1 'is not os/arch' minidock pull -q --platform a/b/c/d "$registry/made"
}

# wrong RC REGEX NAME=VALUE...: a pull from such a registry fails so, and nothing of it is kept.
wrong() {
  local pattern=$1
  shift
  start_hostile "$@"
  try minidock pull "$registry/made"
  assert_rc 1
  assert_match "$err" "$pattern"
  [ "$(wc -l <<<"$err")" = 1 ] || fail "more than one line"
  assert_empty "$(minidock images -q)" "images"
  assert_empty "$(find "$MINIDOCK_ROOT/tmp" "$MINIDOCK_ROOT/layers" -mindepth 1)" "what is left"
}

test_wrong_answers() {
  minidock image prune -af >/dev/null
  wrong 'its SHA-256 is .* and should be' break=digest
  wrong 'has more than the [0-9]+ bytes' break=size
  wrong 'has 100000 bytes, and should have' break=short
  wrong 'its SHA-256 is' break=config
  wrong 'its SHA-256 is .* and should be' break=manifest
  wrong 'larger than 4MiB' break=huge
  wrong 'docker before 1.10' break=type
  wrong 'stopped after 10 redirects' break=loop
  wrong 'plain http, which anybody' break=away
  wrong 'pull access denied for .*made, repository does not exist or may require .minidock login.: unauthorized' break=refused
  wrong 'WWW-Authenticate cannot be understood' break=challenge
  wrong 'plain http, which anybody' break=realm
  wrong 'asks to come again in 100000 seconds' break=long
  wrong 'Failed to connect|Connection refused|reset by peer' break=dies
}

test_what_breaks_is_gone_on_with() {
  start_hostile break=truncate
  try minidock pull -q "$registry/made"
  assert_rc 0
  assert_eq "$(requests 'bytes=')" 2 "number of resumed requests"
  forget "$registry/made"
  start_hostile break=norange
  try minidock pull -q "$registry/made"
  assert_rc 0
  forget "$registry/made"
  start_hostile break=busy
  try minidock pull -q "$registry/made"
  assert_rc 0
  forget "$registry/made"
}

test_tokens_that_expire() {
  start_hostile token=yes
  try minidock pull -q "$registry/made"
  assert_rc 0
  [ "$(requests '/token')" -ge 2 ] || fail "one token did for all"
  assert_match "$(grep /token "$work/hostile" | head -1)" 'service=tests&scope=repository%3Amade%3Apull'
  forget "$registry/made"
}

test_passwords_and_certificates() {
  start_registry safe tls password
  made oci "$work/a.tar"
  skopeo copy -q --dest-tls-verify=false --dest-creds anna:secret "oci-archive:$work/a.tar" "docker://$registry/safe:1"
  refused 1 'SSL certificate problem.*ca.crt' minidock pull "$registry/safe:1"
  trust "$registry"
  export MINIDOCK_CERTIFICATES=$work/certificates
  refused 1 'pull access denied.*minidock login' minidock pull "$registry/safe:1"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf anna:secret | base64)" >"$DOCKER_CONFIG/config.json"
  try minidock pull -q "$registry/safe:1"
  assert_rc 0
  forget "$registry/safe:1"
  # By a helper, which a host of its own has.
  mkdir -p "$work/bin"
  printf '#!/bin/sh\nread host\necho "$1 $host" >"%s/asked"\necho "{\\"Username\\":\\"anna\\",\\"Secret\\":\\"secret\\"}"\n' \
    "$work" >"$work/bin/docker-credential-tests"
  chmod +x "$work/bin/docker-credential-tests"
  printf '{"credHelpers":{"%s":"tests"}}' "$registry" >"$DOCKER_CONFIG/config.json"
  PATH=$work/bin:$PATH minidock pull -q "$registry/safe:1" >/dev/null
  assert_eq "$(cat "$work/asked")" "get $registry"
  forget "$registry/safe:1"
  refused 1 'cannot execute docker-credential-tests' minidock pull "$registry/safe:1"
  printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf anna:wrong | base64)" >"$DOCKER_CONFIG/config.json"
  refused 1 'pull access denied' minidock pull "$registry/safe:1"
  printf '{"credsStore":"../x"}' >"$DOCKER_CONFIG/config.json"
  refused 1 'is no name of a helper' minidock pull "$registry/safe:1"
  rm "$DOCKER_CONFIG/config.json"
}

# certs.d for an image of a registry that wants to know its clients: ca.crt, client.cert, client.key, as docker has them.
test_certificates_of_clients() {
  start_registry clients clients
  made oci "$work/a.tar"
  mkdir -p "$work/skopeo"
  cp "$work/ca.crt" "$work/client.key" "$work/skopeo" && cp "$work/client.crt" "$work/skopeo/client.cert"
  skopeo copy -q --dest-cert-dir "$work/skopeo" "oci-archive:$work/a.tar" "docker://$registry/made:1"
  export MINIDOCK_CERTIFICATES=$work/certificates
  trust "$registry"
  # TLS 1.3 says so after the handshake: the end of the connection may come before the alert is read.
  refused 1 'certificate required|bad certificate|alert|handshake|not connected|reset' minidock pull "$registry/made:1"
  cp "$work/client.crt" "$work/certificates/$registry/client.cert"
  refused 1 'key|private' minidock pull "$registry/made:1"
  cp "$work/client.key" "$work/certificates/$registry/client.key"
  try minidock pull -q "$registry/made:1"
  assert_rc 0
  forget "$registry/made:1"
  # As docker, also from /etc/docker/certs.d.
  unset MINIDOCK_CERTIFICATES
  mkdir -p "$work/etc/docker/certs.d" && cp -r "$work/certificates/$registry" "$work/etc/docker/certs.d/"
  # shellcheck disable=SC2016
  unshare --mount bash -c 'mount -t overlay -o "lowerdir=$1:/etc" overlay /etc && shift && exec "$@"' - "$work/etc" \
    "$MINIDOCK_BINARY" pull -q "$registry/made:1" >/dev/null || fail "not by /etc/docker/certs.d"
  forget "$registry/made:1"
}

# config.json with the entry $1 for $registry.
config_with() { printf '{"auths":{"%s":%s}}' "$registry" "$1" >"$DOCKER_CONFIG/config.json"; }

test_bearer_tokens_of_a_real_registry() {
  start_registry bearer bearer
  made oci "$work/a.tar"
  skopeo copy -q --dest-tls-verify=false --dest-creds anna:secret "oci-archive:$work/a.tar" "docker://$registry/made:1"
  : >"$work/tokens"
  rm -f "$DOCKER_CONFIG/config.json"
  try minidock pull -q "$registry/made:1"
  assert_rc 0
  assert_eq "$(sort -u "$work/tokens")" 'GET - repository:made:pull'
  forget "$registry/made:1"
  config_with "{\"auth\":\"$(printf anna:wrong | base64)\"}"
  refused 1 'incorrect username or password' minidock pull "$registry/made:1"
  # An identity token is sent for a token, by POST, and never to the registry.
  : >"$work/tokens"
  config_with '{"auth":"PHRva2VuPjo=","identitytoken":"identity"}'
  try minidock pull -q "$registry/made:1"
  assert_rc 0
  assert_eq "$(sort -u "$work/tokens")" 'POST anna repository:made:pull'
  forget "$registry/made:1"
  # So a helper gives one: by the user <token>.
  mkdir -p "$work/bin"
  printf '#!/bin/sh\ncat >/dev/null\necho "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"identity\\"}"\n' >"$work/bin/docker-credential-tokens"
  chmod +x "$work/bin/docker-credential-tokens"
  printf '{"credHelpers":{"%s":"tokens"}}' "$registry" >"$DOCKER_CONFIG/config.json"
  : >"$work/tokens"
  PATH=$work/bin:$PATH minidock pull -q "$registry/made:1" >/dev/null
  assert_eq "$(sort -u "$work/tokens")" 'POST anna repository:made:pull'
  forget "$registry/made:1"
  config_with '{"identitytoken":"old"}'
  refused 1 'unauthorized' minidock pull "$registry/made:1"
  rm "$DOCKER_CONFIG/config.json"
}

test_proxies() {
  start_registry proxied tls
  made oci "$work/a.tar"
  put "oci-archive:$work/a.tar" "$registry/made:1"
  local port=${registry##*:} there=registry.example:${registry##*:}
  trust "$there"
  trust "$registry"
  export MINIDOCK_CERTIFICATES=$work/certificates
  start_proxy
  refused 1 'resolve' minidock pull "$there/made:1"
  local name
  for name in https_proxy HTTPS_PROXY ALL_PROXY; do
    : >"$work/proxy.log"
    (export "$name=http://user:word@$proxy" && minidock pull -q "$there/made:1" >/dev/null) || fail "not by $name"
    assert_eq "$(sort -u "$work/proxy.log")" "CONNECT $there Basic dXNlcjp3b3Jk"
    forget "$there/made:1"
  done
  # no_proxy and loopback names keep away from it.
  : >"$work/proxy.log"
  export https_proxy=http://$proxy http_proxy=http://127.0.0.1:1
  try minidock pull -q "$registry/made:1"
  assert_rc 0
  forget "$registry/made:1"
  (export no_proxy=other.example,.example && refused 1 'resolve' minidock pull "$there/made:1")
  (export NO_PROXY=registry.example && refused 1 'resolve' minidock pull "$there/made:1")
  assert_empty "$(cat "$work/proxy.log")" "what went through the proxy"
}

test_a_proxy_for_plain_http() {
  start_registry unencrypted
  start_proxy
  made oci "$work/a.tar"
  put "oci-archive:$work/a.tar" "$registry/made:1"
  local there=plain.example:${registry##*:} name
  export MINIDOCK_INSECURE_REGISTRIES=$there
  refused 1 'resolve' minidock pull "$there/made:1"
  # Docker's rule takes the name in capitals, too, which libcurl alone does not.
  for name in http_proxy HTTP_PROXY all_proxy; do
    : >"$work/proxy.log"
    (export "$name=http://$proxy" && minidock pull -q "$there/made:1" >/dev/null) || fail "not by $name"
    assert_contains "$(cat "$work/proxy.log")" "GET http://$there/v2/made/manifests/1"
    forget "$there/made:1"
  done
  : >"$work/proxy.log"
  export HTTP_PROXY=http://$proxy
  (export NO_PROXY=.example && refused 1 'resolve' minidock pull "$there/made:1")
  # Where a web server makes that variable of what a client has sent, it says nothing (httpoxy).
  (export REQUEST_METHOD=GET && refused 1 'resolve' minidock pull "$there/made:1")
  # Of the two names the one in small letters counts.
  (export http_proxy=http://127.0.0.1:1 && refused 1 'Failed to connect|refused' minidock pull "$there/made:1")
  assert_empty "$(cat "$work/proxy.log")" "what went through the proxy"
}

test_a_registry_that_is_nowhere() {
  local began=$SECONDS
  try minidock pull busybox:none
  assert_rc 1
  assert_match "$err" 'cannot pull busybox:none: https://registry-1.docker.io/.*resolve host'
  try minidock run --rm buzybox true
  assert_rc 125
  assert_match "$err" "Unable to find image 'buzybox:latest' locally"
  assert_match "$err" 'Error: No such image: buzybox:latest.*cannot pull'
  refused 1 'plain http|connect|resolve|unreachable' minidock pull 192.0.2.1:5000/x:1
  assert_le $((SECONDS - began)) 60 "the time until all of that was known"
  refused 1 'Failed to connect|refused' minidock pull 127.0.0.1:1/x:1
}

test_words() {
  refused 1 'requires exactly 1 argument|accepts 1 argument|1 argument' minidock pull
  refused 1 'invalid reference format' minidock pull 'a b'
  refused 125 'invalid progress' minidock pull --progress loud x
}

test_all_tags() {
  start_registry tags
  local tag before layers=0
  for tag in 1.0 2.0 latest; do
    made oci "$work/a.tar" "layers=$((layers += 1))"
    put "oci-archive:$work/a.tar" "$registry/made:$tag"
  done
  put "oci-archive:$work/a.tar" "$registry/made:sha256-$(printf '%064d' 1).sig"
  digest_of() { skopeo inspect --tls-verify=false "docker://$registry/made:$1" | jq -r .Digest; }
  before=$(for tag in 1.0 2.0 latest; do printf '%s: Pulling from made\tDigest: %s\n' $tag "$(digest_of $tag)"; done)
  # In whatever order the registry has them.
  all_pulled() { assert_eq "$(head -n 6 <<<"$out" | paste - - | sort)" "$before" "what was pulled"; }
  try minidock pull -a "$registry/made"
  assert_rc 0
  assert_empty "$err"
  all_pulled
  assert_eq "$(tail -n +7 <<<"$out")" "Status: Downloaded newer image for $registry/made"$'\n'"$registry/made"
  assert_eq "$(minidock images --format '{{.Tag}}' "$registry/made" | sort | xargs)" '1.0 2.0 latest'
  try minidock pull --all-tags "$registry/made"
  all_pulled
  assert_eq "$(tail -n +7 <<<"$out")" "Status: Image is up to date for $registry/made"$'\n'"$registry/made"
  minidock rmi "$registry/made:2.0" >/dev/null
  try minidock pull -aq "$registry/made"
  assert_eq "$out" "$registry/made"
  minidock inspect "$registry/made:2.0" >/dev/null
  forget "$registry/made:1.0"
  forget "$registry/made:2.0"
  forget "$registry/made:latest"
  refused 1 "tag can't be used with --all-tags/-a" minidock pull -a "$registry/made:1.0"
  refused 1 "tag can't be used with --all-tags/-a" minidock pull -a "$registry/made@sha256:$(printf '%064d' 1)"
  refused 1 'cannot pull .*/none: tags of .*/none not found' minidock pull -a "$registry/none"
}

test_lists_of_tags() {
  start_hostile # in pages
  try minidock pull -a "$registry/made"
  assert_rc 0
  assert_eq "$(grep -o '^t[0-9]: Pulling' <<<"$out" | xargs)" 't0: Pulling t1: Pulling t2: Pulling'
  forget "$registry/made:t0"
  forget "$registry/made:t1"
  forget "$registry/made:t2"
  local how
  for how in tags circle; do
    start_hostile break=$how
    refused 1 'tags of .*: the list does not end' minidock pull -a "$registry/made"
  done
  start_hostile break=notag
  refused 1 '"../x" is no tag' minidock pull -a "$registry/made"
}

test_progress() {
  start_hostile
  try minidock pull --progress plain "$registry/made"
  assert_match "$out" '[0-9a-f]{12}: Pulling fs layer'
  assert_match "$out" '[0-9a-f]{12}: Pull complete'
  forget "$registry/made"
  try minidock pull --progress json "$registry/made:latest"
  jq -e . <<<"$out" >/dev/null || fail "not JSON"
  assert_eq "$(jq -r 'select(.id == "latest") | .status' <<<"$out")" 'Pulling from made'
  forget "$registry/made"
  on_terminal 'expect Pull complete' "$MINIDOCK_BINARY" pull "$registry/made:latest"
  assert_rc 0
  forget "$registry/made"
}

test_a_killed_pull_leaves_nothing() {
  start_registry killed
  made oci "$work/a.tar" layers=20
  put "oci-archive:$work/a.tar" "$registry/killed:1"
  local moment
  for moment in 0.02 0.1 0.2 0.4; do
    (timeout -s KILL "$moment" "$MINIDOCK_BINARY" pull -q "$registry/killed:1" || true) >/dev/null 2>&1
    wait_until 10 minidock system check
    forget "$registry/killed:1"
  done
}

test_a_store_of_the_first_format() {
  requires sqlite3
  start_hostile
  minidock pull -q "$registry/made" >/dev/null
  sqlite3 "$MINIDOCK_ROOT/minidock.db" 'drop table networks; drop table layer_forms; drop table repository_digests; pragma user_version = 1'
  assert_eq "$(minidock inspect -f '{{.RepoDigests}}' "$registry/made")" '[]'
  minidock pull -q "$registry/made" >/dev/null
  assert_match "$(minidock inspect -f '{{.RepoDigests}}' "$registry/made")" "made@sha256:"
  forget "$registry/made"
}

run_tests
