# shellcheck shell=bash
# registry.sh - registries for the tests of one file, on the loopback interface of its sandbox. Sourced after e2e.sh.
#
#   start_registry NAME WORD...            Debian's docker-registry; $registry is its host and port. WORDs: tls, clients (and it
#                                          wants a certificate of its clients), password, bearer (tokens by
#                                          support/token_server, whose log is $work/tokens), proxy=URL (a cache of
#                                          another registry)
#   start_proxy                            support/proxy; $proxy is its host and port, $work/proxy.log its log
#   start_hostile NAME=VALUE...            support/hostile_registry; $registry likewise, $work/hostile its log of requests
#   start_pushes NAME=VALUE...             support/push_registry likewise; its log is $work/pushes, its blobs are in $work/pushed
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
    -extfile <(echo subjectAltName=IP:127.0.0.1,DNS:registry.example) -out "$work/server.crt" 2>/dev/null
}

# $work/client.crt and client.key: of a client, by the same CA.
make_client_certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=anna \
    -keyout "$work/client.key" -out "$work/client.csr" 2>/dev/null
  openssl x509 -req -in "$work/client.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo extendedKeyUsage=clientAuth) -out "$work/client.crt" 2>/dev/null
}

# A server of tokens, and $token_port.
start_tokens() {
  local port
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tokens \
    -keyout "$work/tokens.key" -out "$work/tokens.crt" 2>/dev/null
  next_port
  : >"$work/tokens"
  python3 "$support/token_server" "$port" "$work/tokens" "$work/tokens.key" "$work/tokens.crt" &
  registries+=($!)
  wait_until 60 answers "$port"
  token_port=$port
}

start_proxy() {
  local port
  next_port
  : >"$work/proxy.log"
  python3 "$support/proxy" "$port" "$work/proxy.log" &
  registries+=($!)
  wait_until 60 answers "$port"
  proxy=127.0.0.1:$port
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
  case " $* " in *' bearer '*) start_tokens ;; esac
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
        clients)
          make_certificates
          make_client_certificate
          printf '  tls: {certificate: %s/server.crt, key: %s/server.key, clientcas: [%s/ca.crt]}\n' "$work" "$work" "$work"
          ;;
        bearer)
          printf 'auth: {token: {realm: "http://127.0.0.1:%s/token", service: tests, issuer: tests, rootcertbundle: %s}}\n' \
            "$token_port" "$work/tokens.crt"
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

start_pushes() {
  local port
  next_port
  rm -rf "$work/pushed" && mkdir "$work/pushed"
  : >"$work/pushes"
  python3 "$support/push_registry" "$port" "$work/pushes" "share=$work/pushed" "$@" &
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
# put_index NAME TAG ARCHITECTURE...: $registry has an index of such images, each under the tag of its architecture too.
put_index() {
  local name=$1 tag=$2 arch
  shift 2
  for arch in "$@"; do
    "$support/image_archive" oci "$work/index.tar" compress=gzip "arch=$arch"
    put "oci-archive:$work/index.tar" "$registry/$name:$arch"
    skopeo inspect --raw --tls-verify=false "docker://$registry/$name:$arch" >"$work/index.part"
    jq -n --arg arch "$arch" --arg digest "sha256:$(sha256sum <"$work/index.part" | cut -d' ' -f1)" \
      --argjson size "$(wc -c <"$work/index.part")" \
      '{mediaType: "application/vnd.oci.image.manifest.v1+json", $digest, $size, platform: {architecture: $arch, os: "linux"}}'
  done | jq -s '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' >"$work/index.json"
  python3 - "http://$registry/v2/$name/manifests/$tag" "$work/index.json" <<'END'
import sys, urllib.request
with open(sys.argv[2], "rb") as file:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], file.read(), method="PUT", headers={
        "Content-Type": "application/vnd.oci.image.index.v1+json"}))
END
}
