# import: what it prints, what it takes, what it refuses.
. "$(dirname "$0")/../support/e2e.sh"

test_prints_the_id_alone_on_standard_output() {
  try minidock import -c 'LABEL first=1' "$(fixture busybox)" one
  assert_rc 0
  assert_match "$out" '^sha256:[0-9a-f]{64}$'
  assert_match "$err" 'imported as one:latest'
  try minidock import -q "$(fixture busybox)" one
  assert_empty "$err"
}

test_again_is_no_news() {
  minidock import -q "$(fixture busybox)" again >/dev/null
  try minidock import "$(fixture busybox)" again
  assert_rc 0
  assert_contains "$err" "here already"
}

test_standard_input_has_no_name() {
  minidock import -q - -c 'LABEL nameless=1' <"$(fixture busybox)" >/dev/null
  assert_eq "$(minidock images --filter label=nameless=1 --format '{{.Repository}}:{{.Tag}}')" '<none>:<none>'
}

test_changes_and_message() {
  minidock import -q -m 'by hand' -c 'CMD ["echo", "hello"]' -c 'ENV A=1' "$(fixture busybox)" changed >/dev/null
  assert_eq "$(minidock run --rm changed)" hello
  assert_eq "$(minidock inspect -f '{{.Comment}}' changed)" "by hand"
  assert_contains "$(minidock inspect -f '{{.Config.Env}}' changed)" A=1
  refused 1 'run is not a valid change command' minidock import -c 'RUN true' "$(fixture busybox)" changed
}

test_refusals() {
  refused 1 'requires at least 1 argument' minidock import
  refused 1 'No such file' minidock import "$work/none.tar"
  refused 1 'invalid reference format' minidock import "$(fixture busybox)" UPPER
  : >"$work/empty.tar"
  refused 1 'empty.tar' minidock import "$work/empty.tar"
  echo 'no archive at all' >"$work/text.tar"
  refused 1 'text.tar' minidock import "$work/text.tar"
  refused 1 'URL' minidock import https://example.org/x.tar
}

# The archive is taken, its links are links; a container whose mounts they would lead astray does not start.
test_links_where_a_container_has_mounts() {
  requires image-busybox
  local name
  mkdir -p "$work/canary" "$work/links"
  for name in proc sys dev etc; do
    cp "$(fixture busybox)" "$work/linked.tar"
    ln -sfn "$work/canary" "$work/links/$name"
    tar -rf "$work/linked.tar" -C "$work/links" "$name"
    minidock import -q "$work/linked.tar" linked >/dev/null
    try minidock run --rm --network none linked true
    [ "$name" = etc ] || assert_rc 125
    [ "$name" = etc ] || assert_match "$err" "/$name.* must be (a|mounted on ordinary) directory"
    assert_empty "$(ls -A "$work/canary")" "the canary of $name"
  done
}

# What lies lowest hides nothing, and its whiteouts are not seen.
test_whiteouts_of_a_root_filesystem() {
  mkdir -p "$work/more/dir" "$work/more/own"
  touch "$work/more/dir/.wh.gone" "$work/more/dir/kept" "$work/more/own/here" "$work/more/.wh.own" "$work/more/.wh.none"
  cp "$(fixture busybox)" "$work/base.tar"
  tar -C "$work/more" -rf "$work/base.tar" dir/.wh.gone dir/kept own .wh.own .wh.none
  try minidock import -q "$work/base.tar" marked
  assert_rc 0
  assert_contains "$err" '3 whiteout entries (.wh.*) hide nothing: an imported root filesystem has no layer below'
  try minidock run --name box marked sh -c 'ls -d dir/* own/* none; rm -r dir && mkdir dir && touch dir/new none'
  assert_eq "$out" $'dir/kept\nown/here'
  assert_contains "$err" "ls: none: No such file"
  assert_rc 0
  assert_eq "$(minidock diff box | grep -v '^C')" $'D /dir/kept\nA /dir/new\nA /none'
}

test_progress_on_a_terminal_only() {
  try minidock import "$(fixture busybox)" piped
  assert_no_match "$err" MB
  on_terminal 'expect Importing .*B / [.0-9]+MB +[0-9]+%
expect imported as shown' "$MINIDOCK_BINARY" import -c 'LABEL shown=1' "$(fixture busybox)" shown
  assert_rc 0
}

test_progress_that_is_asked_for() {
  local archive size
  archive=$(fixture busybox)
  size=$(stat -c %s "$archive")
  try minidock import --progress json "$archive" asked
  assert_rc 0
  assert_match "$out" '^sha256:[0-9a-f]{64}$'
  # What is not JSON there is what import has to say itself.
  grep '^{' <<<"$err" >"$work/lines"
  assert_eq "$(jq -r .status "$work/lines" | sort -u)" Importing
  assert_eq "$(jq -r .id "$work/lines" | sort -u)" "$archive"
  assert_eq "$(tail -n 1 "$work/lines" | jq -c .progressDetail)" "{\"current\":$size,\"total\":$size}"
  try minidock import --progress plain - asked <"$archive"
  assert_match "$err" '^Importing -: .*2.14MB / 2.14MB  100%'
  assert_no_match "$err" $'\x1b'
  on_terminal 'expect imported as unseen' "$MINIDOCK_BINARY" import --progress none -c 'LABEL unseen=1' "$archive" unseen
  assert_no_match "$out" Importing
  try minidock import -q --progress plain "$archive" asked
  assert_empty "$err"
  refused 125 'invalid progress "loud": use auto, plain, json or none' minidock import --progress loud "$archive"
}

run_tests
