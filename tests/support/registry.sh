# shellcheck shell=bash
# registry.sh - registries for the tests of one file, on the loopback interface of its sandbox. Sourced after e2e.sh.
#
#   start_registry NAME [WORD...]          Debian's docker-registry; $registry is its host and port. tls, password, and
#                                          proxy=URL: a cache of another registry
#   start_hostile NAME=VALUE...            support/hostile_registry; $registry likewise, $work/hostile its log of requests
#   skopeo WORD...                         Debian's, with what the tests need
#
# The programs are those that tests/support/peers has unpacked: they need nothing else of that tree.
peer_tree=$MINIDOCK_BUILD_DIR/fixtures/peers/tree
registries=()
export HOME=$work/home DOCKER_CONFIG=$work/home/.docker
mkdir -p "$DOCKER_CONFIG"
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY ALL_PROXY all_proxy

requires root peers overlay

# The CA of the tests, and a certificate of 127.0.0.1 by it; $work/certificates has the layout of certs.d.
make_certificates() {
  [ ! -e "$work/ca.crt" ] || return 0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tests \
    -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 \
    -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
  openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo subjectAltName=IP:127.0.0.1) -out "$work/server.crt" 2>/dev/null
}

trust() {
  mkdir -p "$work/certificates/$1"
  cp "$work/ca.crt" "$work/certificates/$1/ca.crt"
}

# bcrypt of the password "secret" for the user "anna".
password_line() { python3 -W ignore -c 'import crypt
print("anna:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)).replace("$2b$", "$2y$", 1))'; }

# Each test is a subshell, and ends with its registries; no two of a file have one port.
next_port() {
  echo >>"$work/ports"
  trap stop_registries EXIT
  port=$((5000 + $(wc -l <"$work/ports")))
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start_registry() {
  local at=$work/$1 port word
  shift
  next_port
  mkdir -p "$at/data"
  {
    printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/data}, delete: {enabled: true}}\n' "$at"
    printf 'http:\n  addr: 127.0.0.1:%s\n' "$port"
    for word in "$@"; do
      case $word in
        tls)
          make_certificates
          printf '  tls: {certificate: %s/server.crt, key: %s/server.key}\n' "$work" "$work"
          ;;
        proxy=*)
          printf 'proxy: {remoteurl: %s}\n' "${word#*=}"
          ;;
        password)
          password_line >"$at/password"
          printf 'auth: {htpasswd: {realm: tests, path: %s/password}}\n' "$at"
          ;;
      esac
    done
  } >"$at/config.yml"
  "$peer_tree/usr/bin/docker-registry" serve "$at/config.yml" >"$at/log" 2>&1 &
  registries+=($!)
  registry=127.0.0.1:$port
  wait_until 60 answers "$port"
}

start_hostile() {
  local port
  next_port
  : >"$work/hostile"
  python3 "$support/hostile_registry" "$port" "$work/hostile" "$@" &
  registries+=($!)
  registry=127.0.0.1:$port
  wait_until 60 answers "$port"
}

stop_registries() {
  [ ${#registries[@]} -gt 0 ] || return 0
  kill "${registries[@]}" 2>/dev/null || true
  wait "${registries[@]}" 2>/dev/null || true
  registries=()
}

peer_libraries=$(find "$peer_tree/usr/lib" -maxdepth 2 -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
skopeo() { LD_LIBRARY_PATH=$peer_libraries "$peer_tree/usr/bin/skopeo" --insecure-policy "$@"; }
# The archive of images $1 as NAME of a registry.
put() { skopeo copy -q --dest-tls-verify=false "$1" "docker://$2"; }
