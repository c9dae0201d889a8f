# images, tag, rmi: names come and go, the image goes with its last.
. "$(dirname "$0")/../support/e2e.sh"

test_columns_are_dockers() {
  image busybox
  try minidock images
  assert_match "${out%%$'\n'*}" '^REPOSITORY   TAG       IMAGE ID       CREATED +SIZE$'
  assert_match "$out" $'\nbusybox      latest    [0-9a-f]{12}   '
}

test_names_and_filters() {
  image busybox
  minidock tag busybox registry.example:5000/team/app:1.0
  assert_eq "$(minidock images 'registry.example:5000/team/*' --format '{{.Repository}}:{{.Tag}}')" registry.example:5000/team/app:1.0
  assert_eq "$(minidock images -q | sort -u | wc -l)" 1
  assert_match "$(minidock images -q --no-trunc busybox)" '^sha256:[0-9a-f]{64}$'
  assert_eq "$(minidock images --filter reference='busy*' --format '{{.Repository}}')" busybox
  assert_empty "$(minidock images --filter dangling=true -q)"
  minidock rmi registry.example:5000/team/app:1.0 >/dev/null
}

test_tag_moves_a_name() {
  image busybox
  local other
  other=$(minidock import -q -c 'LABEL other=1' "$(fixture busybox)" other)
  minidock tag busybox name:1
  minidock tag other name:1
  assert_eq "$(minidock images -q --no-trunc name:1)" "$other"
  minidock rmi name:1 other >/dev/null
  refused 1 'invalid reference format' minidock tag busybox UPPER
  refused 1 'No such image: nope' minidock tag nope x
}

test_rmi_untags_then_deletes() {
  local id
  id=$(minidock import -q -c 'LABEL gone=1' "$(fixture busybox)" first)
  minidock tag first second
  assert_eq "$(minidock rmi first)" "Untagged: first:latest"
  try minidock rmi second
  assert_contains "$out" "Untagged: second:latest"
  assert_contains "$out" "Deleted: $id"
  assert_eq "$(minidock images -q --filter label=gone=1)" ""
  refused 1 '^Error: No such image: second' minidock rmi second
  try minidock rmi -f second
  assert_rc 0
}

test_an_image_in_use_stays() {
  minidock import -q -c 'LABEL used=1' "$(fixture busybox)" used >/dev/null
  minidock create --name user used true >/dev/null
  refused 1 "$(minidock inspect -f '{{truncate .Id 12}}' user)" minidock rmi used
  assert_eq "$(minidock images --format '{{.Repository}}' used)" used
  minidock rm user >/dev/null
  minidock rmi used >/dev/null
}

run_tests
