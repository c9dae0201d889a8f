# system check, df, prune and the prunes of containers and images.
. "$(dirname "$0")/../support/e2e.sh"

test_check_of_a_sound_store() {
  image busybox
  minidock create busybox true >/dev/null
  try minidock system check
  assert_rc 0
  try minidock system check --deep
  assert_rc 0
  assert_match "$out" '^ok'
}

test_df() {
  image busybox
  minidock run --name writer busybox sh -c 'head -c 1500000 /dev/zero >/big' >/dev/null
  try minidock system df
  assert_match "${out%%$'\n'*}" '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$'
  assert_eq "$(minidock system df --format '{{.Type}} {{.TotalCount}} {{.Size}}' | grep Containers)" "Containers 1 1.5MB"
}

test_container_prune() {
  image busybox
  minidock create --name idle busybox true >/dev/null
  minidock run -d --name busy busybox sleep 60 >/dev/null
  try minidock container prune <<<n
  assert_rc 0
  assert_match "$out" $'^Containers to delete:\n[0-9a-f]{12} +idle +Created +0B\n\nWARNING! This will remove all stopped'
  assert_contains "$out" "Are you sure"
  assert_no_match "$out" busy
  assert_eq "$(minidock ps -aq | wc -l)" 2
  try minidock container prune -f
  assert_match "$out" $'^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: '
  assert_eq "$(minidock ps -a --format '{{.Names}}')" busy
}

test_dry_run_only_lists() {
  image busybox
  minidock run --name idle -v /data busybox sh -c 'head -c 1500000 /dev/zero >/big'
  try minidock system prune --dry-run -f -a --volumes
  assert_rc 0
  assert_match "$out" 'idle +Exited \(0\) .* ago +1.5MB'
  assert_match "$out" $'Volumes to delete:\n[0-9a-f]{64} +0B\n'
  assert_match "$out" $'Images to delete:\n[0-9a-f]{12} +busybox:latest +[0-9.]+MB$'
  assert_no_match "$out" "Are you sure"
  assert_eq "$(minidock ps -aq | wc -l) $(minidock volume ls -q | wc -l) $(minidock images -q | wc -l)" "1 1 1"
  assert_eq "$(minidock image prune --dry-run)" "Nothing to delete."
}

test_prune_filters() {
  image busybox
  minidock create --name kept --label keep=yes busybox true >/dev/null
  minidock create --name plain busybox true >/dev/null
  minidock container prune -f --filter label=keep=no >/dev/null
  assert_eq "$(minidock ps -aq | wc -l)" 2
  minidock container prune -f --filter until=1h >/dev/null
  assert_eq "$(minidock ps -aq | wc -l)" 2
  try minidock system prune --filter label!=keep <<<y
  assert_contains "$out" $'filtered with:\n  - label!=keep\n'
  assert_eq "$(minidock ps -a --format '{{.Names}}')" kept
  minidock container prune -f --filter until=0s --filter label=keep >/dev/null
  assert_empty "$(minidock ps -aq)"
  refused 1 "invalid filter 'name'" minidock container prune -f --filter name=x
  refused 1 'more than one until filter' minidock container prune -f --filter until=1h --filter until=2h
  refused 1 'time or duration: "never"' minidock container prune -f --filter until=never
  refused 1 'The "until" filter is not supported with "--volumes"' minidock system prune -f --volumes --filter until=1h
  refused 1 "invalid filter 'until'" minidock volume prune -f --filter until=1h
}

test_image_prune() {
  image busybox
  minidock import -q --no-name -c 'LABEL dangling=1' "$(fixture busybox)" >/dev/null
  minidock image prune -f --filter label=other >/dev/null
  assert_eq "$(minidock images -q | wc -l)" 2
  try minidock image prune -f
  assert_match "$out" $'^Deleted Images:\ndeleted: sha256:'
  assert_eq "$(minidock images --format '{{.Repository}}')" busybox
  minidock image prune -a -f --filter "until=$(date -d '2001-01-01' +%s)" >/dev/null
  assert_eq "$(minidock images -q | wc -l)" 1
  minidock image prune -a -f >/dev/null
  assert_empty "$(minidock images -q)"
}

test_system_prune() {
  image busybox
  minidock create -v /data --name idle busybox true >/dev/null
  try minidock system prune -f -a --volumes
  assert_rc 0
  assert_empty "$(minidock ps -aq)$(minidock images -q)$(minidock volume ls -q)"
}

run_tests
