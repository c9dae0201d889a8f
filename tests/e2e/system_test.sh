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

test_reset_asks() {
  image busybox
  minidock run -d --name busy -v kept:/data busybox sleep 60 >/dev/null
  refused 1 'standard input is no terminal, so nobody can be asked; use --force' minidock system reset </dev/null
  on_terminal 'expect \[y/N\]
send n\n' "$MINIDOCK_BINARY" system reset
  assert_rc 0
  assert_contains "$out" "1 container: busy"
  assert_contains "$out" "running, to be killed: 1"
  assert_contains "$out" "1 image: busybox:latest"
  assert_contains "$out" "1 volume: kept"
  assert_eq "$(minidock ps -q | wc -l)" 1
}

test_reset() {
  image busybox
  minidock run -d --name busy -v kept:/data busybox sleep 60 >/dev/null
  minidock run -d --rm --name passing -v /anonymous busybox sleep 60 >/dev/null
  minidock run -d --restart always --name again busybox sh -c 'sleep 0.1' >/dev/null
  minidock create --name idle busybox true >/dev/null
  try timeout 60 "$MINIDOCK_BINARY" system reset --force
  assert_rc 0
  assert_match "$out" "Deleted 4 containers, 1 image and [0-9]+ volume"
  assert_contains "$out" "Total reclaimed space:"
  assert_empty "$(ls -A "$MINIDOCK_ROOT" "$MINIDOCK_RUN_ROOT" | grep -v :)"
  test -d "$MINIDOCK_ROOT"
  # And it begins anew.
  assert_empty "$(minidock ps -aq)$(minidock images -q)$(minidock volume ls -q)"
  image busybox
  assert_eq "$(minidock run --rm busybox echo hello)" hello
}

# Wherever it is killed, the store can be opened, and a second reset ends it.
test_reset_is_killed() {
  local delay
  for delay in 0.002 0.006 0.01 0.015 0.02 0.03 0.05; do
    image busybox
    minidock run -d -v kept:/data busybox sleep 60 >/dev/null
    minidock create busybox true >/dev/null
    timeout -s KILL "$delay" "$MINIDOCK_BINARY" system reset -f >/dev/null 2>&1 || true
    try minidock ps -a
    assert_rc 0
    try minidock system check
    assert_rc 0
    try timeout 60 "$MINIDOCK_BINARY" system reset -f
    assert_rc 0
    assert_empty "$(ls -A "$MINIDOCK_ROOT")"
  done
}

# version_of DATABASE [NEW]: the format number, a big-endian word at byte 60 (https://www.sqlite.org/fileformat2.html).
set_version() { printf "\\0\\0\\0\\$2" | dd of="$1" bs=1 seek=60 conv=notrunc status=none; }

test_a_store_of_a_newer_version() {
  image busybox
  minidock create --name mine busybox true >/dev/null
  set_version "$MINIDOCK_ROOT/minidock.db" 5
  for verb in "ps" "images" "run --rm busybox true" "system check" "system reset -f" "rm mine"; do
    # shellcheck disable=SC2086
    try minidock $verb
    assert_ne "$rc" 0
    assert_match "$out$err" 'minidock.db: it has format 5, and this minidock knows formats up to 4: a newer minidock has made or changed it'
  done
  set_version "$MINIDOCK_ROOT/minidock.db" 4
  set_version "$MINIDOCK_RUN_ROOT/minidock.db" 3
  refused 125 "$MINIDOCK_RUN_ROOT/minidock.db: it has format 3" minidock run --rm busybox true
  set_version "$MINIDOCK_RUN_ROOT/minidock.db" 2
  # Nothing was harmed by those that were refused.
  assert_eq "$(minidock ps -a --format '{{.Names}}')" mine
}

run_tests
