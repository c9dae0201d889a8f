# ps: columns, order, filters, formats.
. "$(dirname "$0")/../support/e2e.sh"

three() { # one that exited with 3, one created, one running; oldest first
  image busybox
  minidock run --name exited -l kind=a busybox sh -c 'exit 3' || true
  minidock create --name created -l kind=b busybox true >/dev/null
  minidock run -d --name running -l kind=a busybox sleep 60 >/dev/null
}
names() { minidock ps --format '{{.Names}}' "$@" | paste -sd' '; }

test_columns_are_dockers() {
  three
  try minidock ps -a
  assert_match "${out%%$'\n'*}" '^CONTAINER ID   IMAGE     COMMAND +CREATED +STATUS +PORTS     NAMES$'
  assert_match "$out" 'busybox   "sleep 60" +.* ago +Up [A-Za-z0-9 ]+ +running'
  assert_match "$out" 'busybox   "sh -c .exit 3." +.*Exited \(3\) .* ago +exited'
  assert_match "$out" '"true" +.* ago +Created +created'
}

test_which_and_in_which_order() {
  three
  assert_eq "$(names)" running
  assert_eq "$(names -a)" "running created exited"
  assert_eq "$(names -l)" running
  assert_eq "$(names -n 2)" "running created"
  assert_eq "$(minidock ps -aq | wc -l)" 3
  assert_match "$(minidock ps -q)" '^[0-9a-f]{12}$'
  assert_match "$(minidock ps -q --no-trunc)" '^[0-9a-f]{64}$'
}

test_filters() {
  three
  assert_eq "$(names -f status=exited)" exited
  assert_eq "$(names -a -f label=kind=a)" "running exited"
  assert_eq "$(names -f exited=3)" exited
  assert_eq "$(names -a -f name=eat)" created
  assert_eq "$(names -a -f since=exited)" "running created"
  assert_eq "$(names -a -f before=running)" "created exited"
  assert_eq "$(names -a -f ancestor=busybox -f status=created)" created
  refused 1 "invalid filter 'foo'" minidock ps -f foo=1
  refused 1 "invalid filter 'status=foo'" minidock ps -f status=foo
}

test_formats() {
  three
  assert_eq "$(minidock ps --format '{{.Image}} {{.State}} {{.Label "kind"}}')" "busybox running a"
  assert_match "$(minidock ps --format 'table {{.Names}}\t{{.State}}')" $'NAMES     STATE\nrunning   running'
  assert_match "$(minidock ps --format json)" '^\{"Command":"\\"sleep 60\\"","CreatedAt":"'
  refused 1 'failed to parse template' minidock ps --format '{{'
}

test_sizes() {
  image busybox
  minidock run --name written busybox sh -c 'head -c 5000 /dev/zero >/file'
  assert_match "$(minidock ps -as)" '^CONTAINER ID .* NAMES     SIZE'
  assert_match "$(minidock ps -as)" 'written   5kB \(virtual [0-9.]+MB\)'
  assert_match "$(minidock ps -a --format '{{.Size}}')" '^5kB \(virtual'
}

test_an_empty_list_is_a_header() {
  assert_match "$(minidock ps -a)" '^CONTAINER ID'
  assert_empty "$(minidock ps -aq)"
}

marks() { ls "$MINIDOCK_RUN_ROOT/live" | paste -sd' '; }

test_looks_only_at_what_may_be_up() {
  three
  assert_eq "$(names)" running
  assert_eq "$(marks)" "$(minidock ps -q --no-trunc)"
  assert_eq "$(minidock start exited created | paste -sd' ')" "exited created"
  minidock wait exited created >/dev/null
  assert_eq "$(names)" running
  assert_eq "$(marks)" "$(minidock ps -q --no-trunc)"
  minidock restart -t 0 running >/dev/null
  assert_eq "$(names)" running
  minidock rm -f running >/dev/null
  assert_empty "$(marks)"
}

test_finds_what_an_older_minidock_has_started() {
  three
  minidock run -d --rm --name ephemeral busybox sleep 60 >/dev/null
  rm -r "$MINIDOCK_RUN_ROOT/live"
  assert_eq "$(names)" "ephemeral running"
  rm -r "$MINIDOCK_RUN_ROOT/live"
  minidock start -a exited || assert_eq $? 3
  assert_eq "$(names)" "ephemeral running"
}

test_a_mark_of_nobody_is_garbage() {
  image busybox
  minidock ps >/dev/null
  touch "$MINIDOCK_RUN_ROOT/live/$(printf '%064d' 7)"
  assert_empty "$(names)"
  try minidock system check
  assert_rc 0  # garbage is no problem
  assert_match "$out$err" "live/0+7"
  minidock ps >/dev/null
  assert_empty "$(marks)"
}

run_tests
