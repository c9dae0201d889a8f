# Mirrors: who is asked, in which order, with whose credentials, and what happens where one fails.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

export MINIDOCK_CONFIG_FILE=$work/config.toml
: >"$MINIDOCK_CONFIG_FILE"
made() { "$support/image_archive" "$@"; }
configure() { cat >"$MINIDOCK_CONFIG_FILE"; }
# mirrored PREFIX MIRROR: the whole configuration.
mirrored() { printf '[[registry]]\nprefix = "%s"\nmirrors = ["%s"]\n' "$1" "$2" | configure; }
forget() {
  minidock rmi -f "$1" >/dev/null 2>&1 || true
  minidock image prune -af >/dev/null
}

# hostile NAME WORD...: as start_hostile, with the log $work/NAME.log; several at once.
hostile() {
  local port log=$work/$1.log
  shift
  next_port
  : >"$log"
  python3 "$support/hostile_registry" "$port" "$log" "$@" &
  registries+=($!)
  registry=127.0.0.1:$port
  wait_until 60 answers "$port"
}
# Those of NAME's log that match: what is asked beside /v2/ itself, which finds out about TLS.
requests() { grep -c "${2:-^GET /v2/made/}" "$work/$1.log" || true; }

# Debian's registry as a cache of another.
test_a_cache() {
  start_registry upstream
  local upstream=$registry digest
  made oci "$work/a.tar" compress=gzip layers=3
  put "oci-archive:$work/a.tar" "$upstream/made:latest"
  digest=$(skopeo inspect --tls-verify=false "docker://$upstream/made:latest" | jq -r .Digest)
  start_registry cache "proxy=http://$upstream"
  mirrored "$upstream" "$registry"
  try minidock pull "$upstream/made"
  assert_rc 0
  # It has its own name, and nothing of the mirror's.
  assert_contains "$out" "Digest: $digest"
  assert_contains "$out" "Status: Downloaded newer image for $upstream/made:latest"
  assert_eq "$(minidock inspect -f '{{json .RepoTags}} {{json .RepoDigests}}' "$upstream/made")" \
    "[\"$upstream/made:latest\"] [\"$upstream/made@$digest\"]"
  # The cache has fetched what it was asked for.
  local blob
  for blob in $(skopeo inspect --tls-verify=false --raw "docker://$upstream/made:latest" |
    jq -r '(.config, .layers[]).digest'); do
    wait_until 20 test -s "$work/cache/data/docker/registry/v2/blobs/sha256/${blob:7:2}/${blob#sha256:}/data"
  done
  forget "$upstream/made"
}

test_the_hub_by_a_mirror_alone() {
  start_registry hub
  made oci "$work/a.tar" compress=gzip
  put "oci-archive:$work/a.tar" "$registry/copies/library/made:latest"
  configure <<<$'[[registry]]\nprefix = "docker.io"\nmirrors = ["'"$registry"$'/copies"]\nmirrors-only = true'
  try minidock pull -q made
  assert_rc 0
  assert_eq "$out" docker.io/library/made:latest
  minidock image exists made
  refused 1 "manifest for $registry/copies/library/absent:latest not found" minidock pull -q absent
  assert_no_match "$err" 'registry-1'
  forget made
}

# One that is not there, one that is down, one that has not got it, then one that has.
test_the_next_is_asked() {
  hostile origin seed=1
  local origin=$registry down empty
  hostile down break=down
  down=$registry
  start_registry empty
  empty=$registry
  mirrored "$origin" "127.0.0.1:1\", \"$down\", \"$empty"
  try minidock pull -q "$origin/made"
  assert_rc 0
  # No more than two attempts at the one that is down: it is not asked for the config and the layer again.
  assert_le "$(requests down .)" 2 "the number of requests to the one that is down"
  assert_ne "$(requests down .)" 0 "the number of requests to the one that is down"
  assert_eq "$(requests origin)" 3 "the number of requests to the origin"
  forget "$origin/made"
  # All of them say why, where none has it.
  refused 1 "manifest for $origin/absent:latest not found" minidock pull -q "$origin/absent"
  assert_contains "$err" '; mirror 127.0.0.1:1: '
  assert_contains "$err" "; mirror $down: "
  assert_contains "$err" "; mirror $empty: manifest for"
}

test_order() {
  hostile origin seed=2
  local origin=$registry first
  hostile first seed=2
  first=$registry
  hostile second seed=2
  mirrored "$origin" "$first\", \"$registry"
  minidock pull -q "$origin/made" >/dev/null
  assert_eq "$(requests first)" 3 "the number of requests to the first mirror"
  assert_empty "$(cat "$work/second.log")" "the second mirror's log"
  assert_empty "$(cat "$work/origin.log")" "the origin's log"
  forget "$origin/made"
}

# What a mirror sends wrong is fetched anew from where it is right.
test_wrong_bytes_of_a_mirror() {
  hostile origin seed=3
  local origin=$registry how id
  minidock pull -q "$origin/made" >/dev/null
  id=$(minidock inspect -f '{{.Id}}' "$origin/made")
  forget "$origin/made"
  for how in digest short config manifest; do
    hostile "$how" break=$how seed=3
    : >"$work/origin.log"
    mirrored "$origin" "$registry"
    try minidock pull -q "$origin/made"
    assert_rc 0
    assert_eq "$(minidock inspect -f '{{.Id}}' "$origin/made")" "$id"
    assert_ne "$(requests "$how")" 0 "the number of requests to the mirror"
    assert_ne "$(requests origin)" 0 "the number of requests to the origin"
    forget "$origin/made"
  done
}

test_credentials_stay_where_they_belong() {
  hostile origin seed=4
  local origin=$registry secret
  hostile mirror break=refused seed=4
  secret=$(printf anna:secret | base64)
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$origin" "$secret" >"$DOCKER_CONFIG/config.json"
  mirrored "$origin" "$registry"
  minidock pull -q "$origin/made" >/dev/null
  assert_ne "$(requests mirror)" 0 "the number of requests to the mirror"
  assert_eq "$(requests mirror 'Basic\|Bearer')" 0 "the number of credentials sent to the mirror"
  forget "$origin/made"
  # The mirror's own go to it, and to nobody else.
  printf '{"auths": {"%s": {"auth": "%s"}}}' "$registry" "$secret" >"$DOCKER_CONFIG/config.json"
  minidock pull -q "$origin/made" >/dev/null
  assert_ne "$(requests mirror "Basic $secret")" 0 "the number of credentials sent to the mirror"
  assert_eq "$(requests origin 'Basic\|Bearer')" 0 "the number of credentials sent to the origin"
  forget "$origin/made"
  rm "$DOCKER_CONFIG/config.json"
}

test_what_is_said_of_one_host() {
  start_registry safe tls password
  refused 1 'certificate' minidock pull -q "$registry/made"
  configure <<<$'[[registry]]\nprefix = "'"$registry"$'"\nca = "'"$work/ca.crt"'"'
  minidock login -u anna --password-stdin "$registry" <<<secret
  minidock logout "$registry" >/dev/null
  configure <<<$'[[registry]]\nprefix = "'"$registry"$'"\ninsecure = true'
  minidock login -u anna --password-stdin "$registry" <<<secret
  minidock logout "$registry" >/dev/null
  configure <<<$'[[registry]]\nprefix = "'"$registry"$'"\nca = "/nonexistent/ca.crt"'
  refused 1 "/nonexistent/ca.crt: there is no such file, for $registry" minidock pull -q "$registry/made"
}

# A full disk is nothing that another place could help.
test_this_hosts_own_failures_end_it() {
  hostile origin seed=5
  local origin=$registry
  hostile mirror seed=5
  mirrored "$origin" "$registry"
  try bash -c 'ulimit -f 100; trap "" XFSZ; exec "$0" pull -q "$1"' "$MINIDOCK_BINARY" "$origin/made"
  assert_ne "$rc" 0 "the status"
  assert_contains "$err" 'File too large'
  assert_eq "$(requests origin)" 0 "the number of requests to the origin"
}

run_tests
