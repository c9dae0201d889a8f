# history, image tree, image diff, image which, image explore: what images are made of.
. "$(dirname "$0")/../support/e2e.sh"

archive() { "$support/image_archive" "$@"; }
made() {
  archive docker "$work/made.tar" tag="$1" "${@:2}"
  minidock load -q -i "$work/made.tar" >/dev/null
}

test_history_has_dockers_columns() {
  made steps:1
  local id
  id=$(minidock inspect -f '{{.Id}}' steps:1 | cut -c8-19)
  try minidock history steps:1
  assert_rc 0
  assert_match "$(sed -n 1p <<<"$out")" '^IMAGE +CREATED +CREATED BY +SIZE +COMMENT'
  assert_match "$(sed -n 2p <<<"$out")" "^$id +[0-9]+ [a-z]+ ago +layer 1 +[0-9]+B"
  assert_match "$(sed -n 3p <<<"$out")" '^<missing> .* ENV A=1 +0B'
  assert_match "$(sed -n 4p <<<"$out")" '^<missing> .* layer 0 +[0-9]+B'
  assert_eq "$(wc -l <<<"$out")" 4
  assert_eq "$(minidock image history -q steps:1)" "$id"$'\n<missing>\n<missing>'
  assert_eq "$(minidock history -q --no-trunc steps:1 | head -1)" "$(minidock inspect -f '{{.Id}}' steps:1)"
}

test_history_formats() {
  made steps:1
  assert_eq "$(minidock history --format '{{.CreatedBy}}|{{.CreatedAt}}' steps:1 | tail -1)" 'layer 0|2024-01-01T00:00:00Z'
  assert_eq "$(minidock history -H=false --format '{{.Size}}' steps:1 | head -1)" "$(printf newaboveI | wc -c)"
  assert_eq "$(minidock history --format json steps:1 | tail -1 | jq -r 'keys | join(" ")')" \
    'Comment CreatedAt CreatedBy CreatedSince ID Size'
  assert_match "$(minidock history -H=false steps:1 | head -1)" '^IMAGE +CREATED AT +CREATED BY'
  minidock import -q -m "$(printf 'a%.0s' {1..60})" "$(fixture busybox)" long >/dev/null
  assert_contains "$(minidock history --no-trunc long)" "$(printf 'a%.0s' {1..60})"
}

test_history_that_does_not_fit() {
  made odd:1 break=history
  refused 1 'too many non-empty layers in History section' minidock history odd:1
  refused 1 'No such image: none' minidock history none
  refused 1 'requires 1 argument' minidock history
}

test_tree() {
  made base:1
  local id
  id=$(minidock create base:1 none)
  minidock commit "$id" above:1 >/dev/null
  echo x >"$work/x"
  minidock cp "$work/x" "$id:/x"
  minidock commit "$id" above:2 >/dev/null
  try minidock image tree above:2
  assert_rc 0
  assert_match "$(sed -n 2p <<<"$out")" '^Tags: +\[above:2\]'
  assert_eq "$(grep -c 'ID: .* Size: .* Files: ' <<<"$out")" 3
  assert_match "$(tail -1 <<<"$out")" '^└── ID: [0-9a-f]{12} Size: 2B Files: [0-9]+ Top Layer of: \[above:2\]$'
  assert_match "$(minidock image tree --whatrequires base:1)" 'Top Layer of: \[.*base:1.*\].*Top Layer of: \[above:2\]'
}

test_diff() {
  made differs:1
  local id
  id=$(minidock create differs:1 none)
  minidock export "$id" | minidock import -q - flat:1 >/dev/null
  assert_empty "$(minidock image diff differs:1 differs:1)"
  mkdir -p "$work/d/dir"
  echo other >"$work/d/keep"
  echo x >"$work/d/dir/more"
  minidock cp "$work/d/." "$id:/"
  minidock commit "$id" differs:2 >/dev/null
  assert_eq "$(minidock image diff differs:1 differs:2)" $'C /dir\nA /dir/more\nC /keep'
  assert_eq "$(minidock image diff differs:2 differs:1)" $'C /dir\nD /dir/more\nC /keep'
  refused 1 'requires 2 arguments' minidock image diff differs:1
}

test_which() {
  made which:1
  assert_eq "$(minidock image which /gone which:1 --format '{{.Layer}} {{.Change}} {{.CreatedBy}}')" \
    $'1 added layer 0\n2 removed layer 1'
  assert_eq "$(minidock image which one which:1 --format '{{.Layer}} {{.Change}}')" $'1 added\n2 changed'
  assert_eq "$(minidock image which hidden/below which:1 --format '{{.Layer}} {{.Change}}')" $'1 added\n2 removed'
  assert_eq "$(minidock image which /hidden/above which:1 --format '{{.Layer}} {{.Change}}')" '2 added'
  assert_match "$(minidock image which /keep)" '^IMAGE +LAYER +DIFF ID +CHANGE +SIZE +CREATED BY'
  refused 1 'no layer of this image has /none' minidock image which /none which:1
  refused 1 'without "\.\."' minidock image which ../x which:1
}

test_explore() {
  made explored:1
  try minidock image explore explored:1
  assert_rc 0
  assert_match "$out" 'LAYER +DIFF ID +SIZE +ADDED +CHANGED +REMOVED +WASTED +CREATED BY'
  assert_match "$out" 'Wasted: 2B of [0-9]+B \([0-9.]+%\)'
  # Hidden are gone (1 byte) and hidden/below (1); the first `one` is still there as `two`.
  assert_eq "$(minidock image explore --format json explored:1 | jq -c '[.Wasted, .Layers[1].Wasted, .Layers[1].Removed]')" '[2,2,2]'
  assert_eq "$(minidock image explore --format json explored:1 | jq -r '[.Paths[].Path] | sort | join(" ")')" \
    '/gone /hidden/below'
  assert_eq "$(minidock image explore -n 1 --format json explored:1 | jq '.Paths | length')" 1
  # A file of two names is there once.
  assert_eq "$(minidock image explore --format json explored:1 | jq -c '[.Layers[].Size]')" '[10,9]'
  refused 1 'json is the one' minidock image explore --format x explored:1
}

test_nothing_is_unpacked_for_it() {
  made quick:1
  local before
  before=$(find "$MINIDOCK_ROOT" -newer "$work/made.tar" | LC_ALL=C sort)
  minidock image explore quick:1 >/dev/null
  minidock image which /keep quick:1 >/dev/null
  assert_eq "$(find "$MINIDOCK_ROOT" -newer "$work/made.tar" | LC_ALL=C sort)" "$before"
}

run_tests
