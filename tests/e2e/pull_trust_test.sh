# pull under rules: signatures that the repository has, others that are here, and none.
. "$(dirname "$0")/../support/e2e.sh"
. "$support/registry.sh"

made() { "$support/image_archive" "$@"; }
keys() {
  local name
  for name in "$@"; do
    openssl genpkey -algorithm ed25519 -out "$work/$name.key"
    openssl pkey -in "$work/$name.key" -pubout -out "$work/$name.pem"
  done
}
# The rule for $registry, as configuration: KEY's signature.
rule() {
  printf '[[trust]]\nname = "%s"\nkeys = ["%s"]\n' "$registry" "$work/$1.pem" >"$work/config.toml"
  export MINIDOCK_CONFIG_FILE=$work/config.toml
}
stored() { minidock images -aq; ls "$MINIDOCK_ROOT"/{layers,blobs/sha256,tmp}; }
# sign KEY NAME: a signature of the image in a.tar for that name, in KEY.sig.
sign() {
  MINIDOCK_CONFIG_FILE=/dev/null minidock load -q -i "$work/a.tar" >/dev/null
  MINIDOCK_CONFIG_FILE=/dev/null minidock image sign --key "$work/$1.key" --name "$2" -o "$work/$1.sig" made:latest >/dev/null
  minidock rmi made:latest >/dev/null
}
# attach REPOSITORY TAG FILE...: the files to the image there, each as an artifact, below the referrers tag.
attach() { python3 - "$registry" "$@" <<'EOF'
import hashlib, json, sys, urllib.request
host, name, tag, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
OCI = "application/vnd.oci.image."

def send(method, path, data=None, kind="application/octet-stream"):
    url = path if path.startswith("http") else f"http://{host}{path}"
    accept = f"{OCI}manifest.v1+json, {OCI}index.v1+json"
    request = urllib.request.Request(url, data, {"Content-Type": kind, "Accept": accept}, method=method)
    return urllib.request.urlopen(request)

def described(data, kind, **more):
    return {"mediaType": kind, "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data), **more}

def blob(data):
    at = send("POST", f"/v2/{name}/blobs/uploads/").headers["Location"]
    send("PUT", f"{at}{'&' if '?' in at else '?'}digest=sha256:{hashlib.sha256(data).hexdigest()}", data)

def put(value, at, kind):
    data = json.dumps(value).encode()
    send("PUT", f"/v2/{name}/manifests/{at or 'sha256:' + hashlib.sha256(data).hexdigest()}", data, kind)
    return data

image = send("GET", f"/v2/{name}/manifests/{tag}").read()
subject, listed = described(image, OCI + "manifest.v1+json"), []
blob(b"{}")
for file in files:
    envelope, artifact = open(file, "rb").read().rstrip(b"\n"), "application/vnd.minidock.image-signatures.v1"
    blob(envelope)
    data = put({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json", "artifactType": artifact,
                "config": described(b"{}", "application/vnd.oci.empty.v1+json"),
                "layers": [described(envelope, "application/vnd.dsse.envelope.v1+json")], "subject": subject},
               None, OCI + "manifest.v1+json")
    listed.append(described(data, OCI + "manifest.v1+json", artifactType=artifact))
put({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": listed},
    "sha256-" + hashlib.sha256(image).hexdigest(), OCI + "index.v1+json")
EOF
}

test_signatures_of_the_repository() {
  keys one two
  start_registry signed
  made oci "$work/a.tar" compress=gzip layers=1
  put "oci-archive:$work/a.tar" "$registry/shop/web:1"
  rule one
  local before
  before=$(stored)
  refused 1 "cannot pull $registry/shop/web:1: image $registry/shop/web:1 .* is not trusted: $work/config.toml:1 asks for a signature for $registry/shop/web .*it has none" \
    minidock pull -q "$registry/shop/web:1"
  refused 125 'is not trusted' minidock run --rm "$registry/shop/web:1" true
  assert_eq "$(stored)" "$before" "what is stored"
  sign two "$registry/shop/web"
  attach shop/web 1 "$work/two.sig"
  refused 1 'those it has are for' minidock pull -q "$registry/shop/web:1"
  # Beside others, and one that is damaged.
  sign one "$registry/shop/web"
  head -c 200 "$work/two.sig" >"$work/cut.sig"
  attach shop/web 1 "$work/two.sig" "$work/cut.sig" "$work/one.sig"
  assert_eq "$(minidock pull -q "$registry/shop/web:1")" "$registry/shop/web:1"
  # They are kept: the registry is not asked again.
  stop_registries
  assert_match "$(minidock image verify "$registry/shop/web:1")" "$registry/shop/web  $work/one.pem"
  minidock create "$registry/shop/web:1" x >/dev/null
}

test_by_its_digest_and_by_other_names() {
  keys one
  start_registry digest
  made oci "$work/a.tar" layers=2
  put "oci-archive:$work/a.tar" "$registry/shop/web:1"
  put "oci-archive:$work/a.tar" "$registry/other/web:1"
  sign one "$registry/shop/web"
  attach shop/web 1 "$work/one.sig"
  attach other/web 1 "$work/one.sig"
  rule one
  local digest
  digest=$(skopeo inspect --tls-verify=false "docker://$registry/shop/web:1" | jq -r .Digest)
  # The signature is for the other name.
  refused 1 "those it has are for $registry/shop/web by" minidock pull -q "$registry/other/web:1"
  refused 1 "for $registry/other/web" minidock pull -q "$registry/other/web@$digest"
  minidock pull -q "$registry/shop/web@$digest" >/dev/null
  minidock create "$registry/shop/web@$digest" x >/dev/null
  minidock create "$(minidock inspect -f '{{.Id}}' "$registry/shop/web@$digest")" x >/dev/null
}

test_a_signature_that_is_here() {
  keys one
  start_registry here
  made oci "$work/a.tar" layers=3
  put "oci-archive:$work/a.tar" "$registry/shop/web:1"
  sign one "$registry/shop/web"
  rule one
  refused 1 'load --signature FILE' minidock pull -q "$registry/shop/web:1"
  # The image by another way, and its signature with it.
  minidock load -q -i "$work/a.tar" --signature "$work/one.sig" >/dev/null
  minidock pull -q "$registry/shop/web:1" >/dev/null
  minidock create "$registry/shop/web:1" x >/dev/null
}

run_tests
