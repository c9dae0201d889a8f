# login, logout: what is asked of the registry, what is kept, where, and with which mode.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

config=$DOCKER_CONFIG/config.json

start_safe() {
  start_registry "$1" tls password
  trust "$registry"
  export MINIDOCK_CERTIFICATES=$work/certificates
}

test_what_is_kept() {
  start_safe kept
  printf '{"psFormat": "{{.ID}}", "auths": {"other.example": {"auth": "YTpi"}}, "aliases": {"b": "c"}}' >"$config"
  chmod 644 "$config"
  try minidock login -u anna --password-stdin "$registry" <<<secret
  assert_rc 0
  assert_eq "$out" 'Login Succeeded'
  assert_contains "$err" "WARNING! Your credentials are stored unencrypted in '$config'."
  assert_eq "$(stat -c %a "$config")" 600
  assert_eq "$(jq -r ".auths[\"$registry\"].auth" "$config" | base64 -d)" anna:secret
  assert_eq "$(jq -c '[.psFormat, .aliases.b, .auths["other.example"].auth]' "$config")" '["{{.ID}}","c","YTpi"]'
  assert_eq "$(ls -A "$DOCKER_CONFIG")" config.json
  # Docker's other client understands it, and so do we what it writes.
  assert_eq "$(skopeo login --authfile "$config" --get-login "$registry")" anna
  try minidock login "$registry"
  assert_eq "$out" $'Authenticating with existing credentials... [Username: anna]\nLogin Succeeded'
  try minidock logout "$registry"
  assert_rc 0
  assert_eq "$out" "Removing login credentials for $registry"
  assert_eq "$(jq -c .auths "$config")" '{"other.example":{"auth":"YTpi"}}'
  try minidock logout "$registry"
  assert_rc 0
  skopeo login --authfile "$config" --tls-verify=false -u anna -p secret "$registry" >/dev/null
  try minidock login "https://$registry/v2/"
  assert_contains "$out" 'Login Succeeded'
}

test_what_the_registry_refuses() {
  start_safe refused
  rm -f "$config"
  refused 1 'login attempt to https://.*/v2/ failed with status: 401 Unauthorized' \
    minidock login -u anna --password-stdin "$registry" <<<wrong
  assert_no_file "$config"
  start_hostile token=yes
  try minidock login -u anna -p secret "$registry"
  assert_rc 0
  assert_match "$err" 'insecure. Use --password-stdin'
  assert_match "$(grep /token "$work/hostile" | head -1)" 'Basic YW5uYTpzZWNyZXQ='
}

# Nobody is kept waiting for a registry that is busy or hangs.
test_it_asks_once() {
  start_hostile break=down
  refused 1 'failed with status: 503' minidock login -u anna --password-stdin "$registry" <<<secret
  assert_eq "$(grep -c 'GET /v2/' "$work/hostile")" 1 "the number of requests"
}

test_a_linked_file_stays_a_link() {
  start_safe linked
  echo '{}' >"$work/elsewhere.json"
  ln -sf "$work/elsewhere.json" "$config"
  minidock login -u anna --password-stdin "$registry" <<<secret >/dev/null 2>&1
  [ -L "$config" ] || fail "the link is gone"
  assert_match "$(cat "$work/elsewhere.json")" "$registry"
  rm "$config"
}

test_helpers() {
  start_safe helped
  mkdir -p "$work/bin" "$work/keys"
  cat >"$work/bin/docker-credential-tests" <<END
#!/bin/bash
word=\$(cat)
case \$1 in
  store) echo "\$word" >"$work/keys/\$(jq -r .ServerURL <<<"\$word" | tr / _)" ;;
  get) cat "$work/keys/\$(tr / _ <<<"\$word")" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
  erase) rm "$work/keys/\$(tr / _ <<<"\$word")" ;;
esac
END
  chmod +x "$work/bin/docker-credential-tests"
  export PATH=$work/bin:$PATH
  echo '{"credsStore": "tests"}' >"$config"
  try minidock login -u anna --password-stdin "$registry" <<<secret
  assert_rc 0
  assert_empty "$err"
  assert_eq "$(jq -r .Secret "$work/keys/$registry")" secret
  assert_eq "$(jq -c .auths "$config")" "{\"$registry\":{}}"
  try minidock login "$registry"
  assert_contains "$out" 'Username: anna'
  minidock logout "$registry" >/dev/null
  assert_no_file "$work/keys/$registry"
  minidock logout "$registry" >/dev/null
  rm "$config"
}

test_the_terminal() {
  start_safe asked
  rm -f "$config"
  on_terminal $'expect Username: \nsend anna\\r\nexpect Password: \nsend secrxx\\x7f\\x7fet\\r\nexpect Login Succeeded' \
    "$MINIDOCK_BINARY" login "$registry"
  assert_rc 0
  assert_no_match "$out" secr
  rm "$config"
  on_terminal $'expect Password: \nsend sec\\x03' "$MINIDOCK_BINARY" login -u anna "$registry"
  assert_rc 130
  assert_no_file "$config"
  refused 1 'interactive login from a non-TTY' minidock login -u anna "$registry" </dev/null
}

test_words() {
  refused 1 'cannot specify both' minidock login -u a -p b --password-stdin x.example
  refused 1 'requires --username' minidock login --password-stdin x.example
  refused 1 'is no registry' minidock login -u a --password-stdin 'a@b' <<<c
  refused 1 'has a colon' minidock login -u a:b --password-stdin x.example <<<c
  refused 1 'password is required' minidock login -u a --password-stdin x.example </dev/null
}

run_tests
