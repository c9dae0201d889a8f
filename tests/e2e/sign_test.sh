# image sign and image verify, and the rules by which images need signatures: at import, load, tag, commit, create and run.
. "$(dirname "$0")/../support/e2e.sh"

archive() { "$support/image_archive" "$@"; }
id_of() { minidock inspect -f '{{.Id}}' "$1"; }
# made NAME...: the same image under these names, without a signature.
made() {
  local name
  archive docker "$work/made.tar" tag="$1" "layers=${layers:-0}"
  minidock load -q -i "$work/made.tar" >/dev/null
  minidock rmi -f "$(id_of "$1")" >/dev/null
  minidock load -q -i "$work/made.tar" >/dev/null
  for name in "${@:2}"; do minidock tag "$1" "$name"; done
}
# The image busybox, and no signature of it.
fresh_busybox() {
  image busybox
  minidock rmi -f "$(id_of busybox)" >/dev/null
  image busybox
}
keys() {
  local name
  for name in "$@"; do
    [ ! -e "$work/$name.key" ] || continue
    openssl genpkey -algorithm ed25519 -out "$work/$name.key"
    openssl pkey -in "$work/$name.key" -pubout -out "$work/$name.pem"
  done
}
key_id() { openssl pkey -pubin -in "$work/$1.pem" -outform DER | sha256sum | cut -d' ' -f1; }
sign() { minidock image sign --key "$work/$1.key" "${@:2}"; }
# rules LINE...: the configuration from here on. rule NAME KEY...: a rule as a line.
rules() {
  printf '%s\n' "$@" >"$work/config.toml"
  export MINIDOCK_CONFIG_FILE=$work/config.toml
}
rule() {
  local name=$1 list=
  shift
  for key in "$@"; do list+="\"$work/$key.pem\","; done
  printf '[[trust]]\nname = "%s"\nkeys = [%s]\n' "$name" "$list"
}
free() { MINIDOCK_CONFIG_FILE=/dev/null "$@"; }
# stored: what is in the store, for tests that nothing was changed.
stored() { free minidock images -a --no-trunc; find "$MINIDOCK_ROOT"/{layers,blobs,tmp,signatures} -maxdepth 2 2>/dev/null | sort; }
none_left() { assert_empty "$(ls "$MINIDOCK_ROOT/tmp")" "what is left in tmp"; }

test_sign_and_verify() {
  keys one two
  made web:1
  try sign one web:1
  assert_rc 0
  assert_eq "$out" "$(key_id one)  docker.io/library/web"
  assert_empty "$err"
  try minidock image verify --key "$work/one.pem" web:1
  assert_rc 0
  assert_eq "$out" "$(key_id one)  docker.io/library/web  $work/one.pem"
  assert_empty "$err"
  (cd "$work" && minidock image verify --key two.pem --key one.pem web:1 >/dev/null)
  refused 1 "image web:1 \(.*\) is not trusted: --key asks for a signature for docker.io/library/web by key $(key_id two |
    cut -c1-16) \($work/two.pem\); those it has are for docker.io/library/web by a key $(key_id one | cut -c1-16)" \
    minidock image verify --key "$work/two.pem" web:1
  refused 1 'no rule asks for a signature of web:1: give the key' minidock image verify web:1
  # The same signature again is the same file.
  sign one web:1 >/dev/null
  assert_eq "$(ls "$MINIDOCK_ROOT/signatures/$(id_of web:1 | cut -d: -f2)" | wc -l)" 1
  none_left
}

test_openssl_verifies_it() {
  requires openssl jq
  keys one
  made web:1
  sign one --output "$work/web.sig" web:1 >/dev/null
  local type payload
  type=$(jq -r .payloadType "$work/web.sig")
  payload=$(jq -r .payload "$work/web.sig" | base64 -d)
  assert_eq "$payload" "{\"image\":\"$(id_of web:1)\",\"repository\":\"docker.io/library/web\"}"
  printf 'DSSEv1 %d %s %d %s' ${#type} "$type" ${#payload} "$payload" >"$work/encoded"
  jq -r '.signatures[0].sig' "$work/web.sig" | base64 -d >"$work/signature"
  openssl pkeyutl -verify -pubin -inkey "$work/one.pem" -rawin -in "$work/encoded" -sigfile "$work/signature" >/dev/null
  assert_eq "$(jq -r '.signatures[0].keyid' "$work/web.sig")" "$(key_id one)"
  # And openssl signs what we verify.
  openssl pkeyutl -sign -inkey "$work/one.key" -rawin -in "$work/encoded" -out "$work/theirs"
  cmp "$work/signature" "$work/theirs"
}

test_a_signature_in_a_file() {
  keys one
  made web:1
  try sign one --output "$work/web.sig" web:1
  assert_rc 0
  assert_eq "$out" "$(key_id one)  docker.io/library/web"
  refused 1 'it has none' minidock image verify --key "$work/one.pem" web:1
  minidock image verify --key "$work/one.pem" --signature "$work/web.sig" web:1 >/dev/null
  assert_eq "$(sign one -o - web:1)" "$(cat "$work/web.sig")"
  assert_eq "$(minidock image sign --signature "$work/web.sig" web:1)" "$(key_id one)  docker.io/library/web"
  minidock image verify --key "$work/one.pem" web:1 >/dev/null
}

test_keys_that_are_none() {
  keys one
  made web:1
  openssl genpkey -algorithm rsa -out "$work/rsa.key" 2>/dev/null
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/ec.key"
  refused 1 "cannot sign with $work/rsa.key: it is a key of type RSA, and signatures are Ed25519" sign rsa web:1
  refused 1 'it is a key of type EC' sign ec web:1
  refused 1 'calls itself PUBLIC KEY, and a PRIVATE KEY is asked for' minidock image sign --key "$work/one.pem" web:1
  refused 1 'it is no key in PEM' minidock image sign --key /dev/null web:1
  refused 1 'No such file' sign none web:1
  head -c 60 "$work/one.key" >"$work/cut.key"
  refused 1 'damaged or cut short' sign cut web:1
  openssl pkey -in "$work/rsa.key" -pubout -out "$work/rsa.pem"
  refused 1 'it is a key of type RSA' minidock image verify --key "$work/rsa.pem" web:1
  refused 1 'give either --key FILE' minidock image sign web:1
  refused 1 'give either --key FILE' minidock image sign --key a --signature b web:1
  refused 1 'are for --key' minidock image sign --name x --signature b web:1
  refused 1 'No such image: nothing' sign one nothing
}

test_a_passphrase() {
  keys one
  made web:1
  openssl pkey -in "$work/one.key" -aes256 -passout pass:open -out "$work/shut.key"
  refused 1 'it is encrypted, and there is no terminal to ask at: give --passphrase-file' sign shut web:1 </dev/null
  printf 'open\nmore\n' >"$work/words"
  assert_eq "$(sign shut --passphrase-file "$work/words" -o - web:1)" "$(sign one -o - web:1)"
  echo open | sign shut --passphrase-file - web:1 >/dev/null
  echo wrong >"$work/words"
  refused 1 'the passphrase is wrong' sign shut --passphrase-file "$work/words" web:1
  on_terminal $'expect Passphrase: \nsend open\\r\nexpect docker.io/library/web' \
    "$MINIDOCK_BINARY" image sign --key "$work/shut.key" web:1
  assert_rc 0
  assert_no_match "$out" open
}

test_the_name_it_is_for() {
  keys one
  made web:1 shop/web:1
  local id
  id=$(id_of web:1)
  refused 1 'has several: docker.io/library/web, docker.io/shop/web; say with --name' sign one "$id"
  assert_eq "$(sign one --name shop/web "$id")" "$(key_id one)  docker.io/shop/web"
  refused 1 'for docker.io/shop/web by a key' minidock image verify --key "$work/one.pem" web:1
  minidock image verify --key "$work/one.pem" shop/web:1 >/dev/null
  minidock image verify --key "$work/one.pem" --name shop/web web:1 >/dev/null
  # Its ID stands for both.
  refused 1 'for docker.io/library/web by key' minidock image verify --key "$work/one.pem" "$id"
  sign one web:1 >/dev/null
  assert_eq "$(minidock image verify --key "$work/one.pem" "$id" | wc -l)" 2
  refused 1 'a signature is for a repository, not for a tag or a digest: give --name shop/web' \
    sign one --name shop/web:1 web:1
  minidock rmi web:1 shop/web:1 >/dev/null
}

test_rules_for_run_and_create() {
  keys one two
  fresh_busybox
  rules "$(rule docker.io/library one)"
  refused 125 "image busybox \(.*\) is not trusted: $work/config.toml:1 asks for a signature for docker.io/library/busybox by key $(
    key_id one | cut -c1-16) \($work/one.pem\); it has none; get a signature by such a key" minidock run --rm busybox true
  refused 1 'is not trusted' minidock create busybox true
  assert_empty "$(minidock ps -aq)"
  sign two busybox >/dev/null
  refused 125 "those it has are for docker.io/library/busybox by a key $(key_id two | cut -c1-16)" \
    minidock run --rm busybox true
  sign one busybox >/dev/null
  assert_eq "$(minidock run --rm busybox echo hello)" hello
  assert_match "$(minidock image verify busybox)" "^$(key_id one)  docker.io/library/busybox  $work/one.pem$"
  minidock rm "$(minidock create busybox true)" >/dev/null
  # Another rule: longer ones go before.
  rules "$(rule docker.io/library two)" "$(rule docker.io/library/busy one)" "$(rule 'docker.io/library/busybox' one)"
  minidock run --rm busybox true
  rules "$(rule docker.io/library one)" $'[[trust]]\nname = "docker.io/library/busybox"\nreject = true'
  refused 125 "$work/config.toml:4 rejects docker.io/library/busybox" minidock run --rm busybox true
  rules $'[[trust]]\nname = "*"\nreject = true' $'[[trust]]\nname = "docker.io/library/busybox"\naccept = true'
  minidock run --rm busybox true
  rules "[[trust]]" 'name = "*"' "keys = ['''$(cat "$work/one.pem")''']"
  minidock run --rm busybox true
}

test_an_id_is_as_strict_as_its_names() {
  keys one
  fresh_busybox
  free minidock tag busybox shop/web:1
  local id
  id=$(id_of busybox)
  rules "$(rule docker.io/shop one)"
  minidock run --rm busybox true
  refused 125 'for docker.io/shop/web' minidock run --rm "$id" true
  refused 125 'for docker.io/shop/web' minidock run --rm "${id:7:12}" true
  refused 125 'for docker.io/shop/web' minidock run --rm "shop/web@$id" true
  sign one shop/web:1 >/dev/null
  minidock run --rm "$id" true
  # Without a name: the rule for all.
  free minidock rmi -f busybox shop/web:1 >/dev/null
  id=$(free minidock import -q --no-name "$(fixture busybox)")
  minidock run --rm "$id" true
  rules $'[[trust]]\nname = "*"\nreject = true'
  refused 125 'rejects images without a name' minidock run --rm "$id" true
  free minidock rmi "$id" >/dev/null
}

test_import() {
  keys one two
  made other:1
  fresh_busybox
  minidock rmi busybox >/dev/null
  # What the publisher does.
  local id
  id=$(free minidock import -q "$(fixture busybox)" shop/box:1)
  sign one -o "$work/box.sig" shop/box:1 >/dev/null
  sign two -o "$work/two.sig" shop/box:1 >/dev/null
  sign one --name shop/other -o "$work/name.sig" shop/box:1 >/dev/null
  free sign one -o "$work/image.sig" other:1 >/dev/null
  minidock rmi -f shop/box:1 >/dev/null
  rules "$(rule docker.io/shop one)"
  local before
  before=$(stored)
  refused 1 'cannot import busybox.tar: image shop/box:1 .* it has none; get one for this archive' \
    minidock import "$(fixture busybox)" shop/box:1
  refused 1 'those it has are for' minidock import --signature "$work/two.sig" "$(fixture busybox)" shop/box:1
  refused 1 'those it has are for docker.io/shop/other' \
    minidock import --signature "$work/name.sig" "$(fixture busybox)" shop/box:1
  refused 1 "the signature is of image $(id_of other:1), and this is $id" \
    minidock import --signature "$work/image.sig" "$(fixture busybox)" shop/box:1
  refused 1 'and this is' minidock import --signature "$work/box.sig" -c 'ENV A=1' "$(fixture busybox)" shop/box:1
  assert_eq "$(stored)" "$before" "the store"
  assert_eq "$(minidock import -q --signature "$work/two.sig" --signature "$work/box.sig" "$(fixture busybox)" shop/box:1)" "$id"
  minidock run --rm shop/box:1 true
  # Another name needs nothing.
  minidock import -q "$(fixture busybox)" free/box:1 >/dev/null
}

test_signatures_travel_in_archives() {
  keys one
  made shop/web:1 shop/db:1
  sign one shop/web:1 >/dev/null
  sign one shop/db:1 >/dev/null
  minidock save shop/web:1 >"$work/signed.tar"
  minidock save shop/web:1 >"$work/again.tar"
  cmp "$work/signed.tar" "$work/again.tar"
  minidock save "$(id_of shop/web:1)" >"$work/id.tar"
  # Only the signature for the name that it has there; of an image without a name all.
  signatures_in() { tar -xOf "$1" | grep -ao vnd.minidock.image-claim | wc -l; }
  assert_eq "$(signatures_in "$work/signed.tar")" 1
  assert_eq "$(signatures_in "$work/id.tar")" 2
  minidock rmi -f "$(id_of shop/web:1)" >/dev/null
  made shop/web:1
  minidock save shop/web:1 >"$work/plain.tar"
  minidock rmi shop/web:1 >/dev/null
  rules "$(rule docker.io/shop one)"
  local before
  before=$(stored)
  refused 1 "cannot load $work/plain.tar: image shop/web:1 .* it has none" minidock load -i "$work/plain.tar"
  refused 1 'is not trusted' minidock load -i "$work/made.tar"
  assert_eq "$(stored)" "$before" "the store"
  assert_eq "$(minidock load -i "$work/signed.tar")" 'Loaded image: shop/web:1'
  minidock image verify shop/web:1 >/dev/null
  minidock create shop/web:1 x >/dev/null
  # By a file.
  sign one -o "$work/web.sig" shop/web:1 >/dev/null
  minidock rm -f $(minidock ps -aq) >/dev/null
  minidock rmi shop/web:1 >/dev/null
  minidock load -q -i "$work/plain.tar" --signature "$work/web.sig" >/dev/null
  minidock image verify shop/web:1 >/dev/null
}

test_tag_and_commit() {
  keys one
  made web:1
  rules "$(rule docker.io/shop one)"
  refused 1 'image shop/web:1 .* is not trusted' minidock tag web:1 shop/web:1
  assert_empty "$(minidock images -q shop/web:1)" 'what was tagged'
  sign one --name shop/web web:1 >/dev/null
  minidock tag web:1 shop/web:1
  minidock rmi shop/web:1 >/dev/null
  local container
  container=$(minidock create web:1 x)
  refused 1 'cannot commit .*: image shop/new:1 .* commit it under another name' minidock commit "$container" shop/new:1
  minidock commit "$container" new:1 >/dev/null
  sign one --name shop/new new:1 >/dev/null
  minidock tag new:1 shop/new:1
  minidock rm "$container" >/dev/null
  minidock rmi shop/new:1 new:1 >/dev/null
}

test_a_container_that_is_there_starts() {
  keys one
  fresh_busybox
  local container
  container=$(free minidock create busybox true)
  rules "$(rule docker.io/library one)"
  minidock start -a "$container"
  refused 125 'is not trusted' minidock container clone "$container"
  minidock rm "$container" >/dev/null
}

# tampered FILTER: the signature, changed by jq, in web.bad.
tampered() { jq -cj "$1" "$work/web.sig" >"$work/web.bad"; }
test_tampered_signatures() {
  requires jq
  keys one two
  made web:1
  sign one -o "$work/web.sig" web:1 >/dev/null
  local verify="minidock image verify --key $work/one.pem --signature $work/web.bad web:1" claim
  tampered .
  $verify >/dev/null
  claim=$(jq -r .payload "$work/web.sig" | base64 -d)
  tampered ".payload=\"$(printf %s "${claim/web/wet}" | base64 -w0)\""
  refused 1 'those it has are for docker.io/library/wet' $verify
  # The right claim with the signature of another.
  tampered ".signatures[0].sig=\"$(sign two -o - web:1 | jq -r '.signatures[0].sig')\""
  refused 1 'is not trusted' $verify
  tampered '.signatures[0].sig=""'
  refused 1 'is not trusted' $verify
  tampered '.payloadType="application/vnd.in-toto+json"'
  refused 1 'its type is "application/vnd.in-toto.json", not' $verify
  tampered '.signatures[0].alg="none"'
  refused 1 'web.bad: not a signature of an image: it is written in another way' $verify
  tampered '.signatures += .signatures'
  refused 1 'it has 2 signatures, not one' $verify
  head -c 100 "$work/web.sig" >"$work/web.bad"
  refused 1 'is not valid JSON' $verify
  head -c 100000 /dev/zero >"$work/web.bad"
  refused 1 'web.bad' $verify
  refused 1 'No such file' minidock image verify --key "$work/one.pem" --signature "$work/none" web:1
  # Nothing of these can be kept.
  refused 1 'is not valid JSON|web.bad' minidock image sign --signature "$work/web.bad" web:1
  # A replay: another image under the name has the signature of the one before.
  layers=1 made other:1
  refused 1 "the signature is of image $(id_of web:1), not of $(id_of other:1)" \
    minidock image sign --signature "$work/web.sig" other:1
  mkdir -p "$MINIDOCK_ROOT/signatures/$(id_of other:1 | cut -d: -f2)"
  local planted
  planted=$MINIDOCK_ROOT/signatures/$(id_of other:1 | cut -d: -f2)/$(tr -d '\n' <"$work/web.sig" | sha256sum | cut -d' ' -f1).json
  tr -d '\n' <"$work/web.sig" >"$planted"
  minidock rmi web:1 >/dev/null
  minidock tag other:1 web:1
  refused 1 'it has none' minidock image verify --key "$work/one.pem" web:1
  assert_contains "$(minidock system check || true)" 'is of another image'
  rm "$planted"
}

test_an_archive_with_the_signature_of_another_image() {
  requires jq
  keys one
  made web:1
  sign one web:1 >/dev/null
  mkdir -p "$work/signed" "$work/plain"
  minidock save web:1 | tar -x -C "$work/signed"
  minidock rmi web:1 >/dev/null
  layers=1 made web:1
  minidock save web:1 | tar -x -C "$work/plain"
  minidock rmi web:1 >/dev/null
  local before
  before=$(stored)
  # The annotation and the blobs of the first go to the second.
  local artifact
  artifact=$(jq -r '.manifests[0].annotations["vnd.minidock.signatures"]' "$work/signed/index.json")
  cp -n "$work/signed"/blobs/sha256/* "$work/plain/blobs/sha256/"
  jq -c ".manifests[0].annotations[\"vnd.minidock.signatures\"]=\"$artifact\"" "$work/plain/index.json" >"$work/index"
  cp "$work/index" "$work/plain/index.json"
  refused 1 'is of image sha256:.*, which it is not beside' minidock load -i "$work/plain"
  # One that is not there, and one that is something else.
  sed -i "s/$artifact/sha256:$(printf '0%.0s' $(seq 64))/" "$work/plain/index.json"
  refused 1 'blobs/sha256/0000' minidock load -i "$work/plain"
  jq -c '.manifests[0].annotations["vnd.minidock.signatures"]=.manifests[0].digest' "$work/index" >"$work/plain/index.json"
  refused 1 'artifactType: expected' minidock load -i "$work/plain"
  assert_eq "$(stored)" "$before" "the store"
}

test_a_policy_that_cannot_be_read_is_no_yes() {
  keys one
  image busybox
  sign one busybox >/dev/null
  rules "$(rule docker.io/library one)"
  minidock run --rm busybox true
  cp "$work/one.pem" "$work/moved.pem"
  rules "$(rule docker.io/library moved)"
  chmod 664 "$work/moved.pem"
  refused 125 'config.toml:1: cannot use key .*/moved.pem: it may be changed by others than root' minidock run --rm busybox true
  chmod 644 "$work/moved.pem"
  chown 65534 "$work/moved.pem"
  refused 125 'may be changed by others' minidock run --rm busybox true
  rm "$work/moved.pem"
  refused 125 'config.toml:1: cannot use key .*moved.pem: .*No such file' minidock run --rm busybox true
  head -c 50 "$work/one.pem" >"$work/moved.pem"
  refused 125 'damaged or cut short' minidock run --rm busybox true
  local text
  while IFS='|' read -r text pattern; do
    printf '[[trust]]\n%b\n' "$text" >"$work/config.toml"
    refused 125 "$work/config.toml:.*$pattern" minidock run --rm busybox true
  done <<'EOF'
name = "docker.io/library"|one of keys, accept and reject
keys = ["/x"]|name is missing
name = "docker.io"\nkeys = []|has none
name = "docker.io"\nkeys = ["x.pem"]|absolute path
name = "docker.io"\nkey = "/x"|no such key; did you mean
name = "docker.io"\naccept = true\nreject = true|one of keys, accept and reject
name = "docker.io"\naccept = false|accept is true or not there
name = "library/web"\naccept = true|with its registry
name = "docker.io/web:1"\naccept = true|without a tag
name = "docker.io/Web"\naccept = true|lower case
name = "docker.io"\naccept = true\n[[trust]]\nname = "docker.io"\nreject = true|in line 1 already
name = "docker.io|control characters
EOF
  echo 'trust = 1' >"$work/config.toml"
  refused 125 'trust' minidock run --rm busybox true
  rm "$work/config.toml"
  refused 125 'config' minidock run --rm busybox true
}

test_signatures_are_bounded_and_go_with_the_image() {
  keys one
  made web:1
  local number directory
  for number in $(seq 64); do
    sign one --name "web$number" web:1 >/dev/null
  done
  refused 1 'would have 65 signatures; 64 are the most' sign one web:1
  directory=$MINIDOCK_ROOT/signatures/$(id_of web:1 | cut -d: -f2)
  assert_eq "$(ls "$directory" | wc -l)" 64
  assert_eq "$(stat -c %a "$directory" "$directory"/* | sort -u | tr '\n' ' ')" '400 700 '
  assert_match "$(minidock system check)" ^ok
  minidock rmi web:1 >/dev/null
  assert_no_file "$directory"
}

test_without_rules_nothing_is_read() {
  requires strace
  image busybox
  keys one
  sign one busybox >/dev/null
  strace -f -e trace=openat -o "$work/trace" "$MINIDOCK_BINARY" run --rm busybox true
  assert_empty "$(grep -E 'signatures|openssl.cnf|\.pem' "$work/trace" || true)" "what was opened"
  rules "$(rule docker.io/library one)"
  strace -f -e trace=openat -o "$work/trace" "$MINIDOCK_BINARY" run --rm busybox true
  assert_match "$(cat "$work/trace")" "signatures"
  assert_empty "$(grep openssl.cnf "$work/trace" || true)" "what was opened"
}

run_tests
