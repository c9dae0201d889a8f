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

test_progress_on_a_terminal_only() {
  try minidock import "$(fixture busybox)" piped
  assert_no_match "$err" MB
  on_terminal 'expect importing .*B / [.0-9]+MB +[0-9]+%
expect imported as shown' "$MINIDOCK_BINARY" import -c 'LABEL shown=1' "$(fixture busybox)" shown
  assert_rc 0
}

run_tests
