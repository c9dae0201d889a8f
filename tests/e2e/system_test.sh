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
  assert_contains "$out" "Are you sure"
  assert_eq "$(minidock ps -aq | wc -l)" 2
  try minidock container prune -f
  assert_contains "$out" "Deleted Containers:"
  assert_contains "$out" "Total reclaimed space:"
  assert_eq "$(minidock ps -a --format '{{.Names}}')" busy
}

test_image_prune() {
  image busybox
  minidock import -q --no-name -c 'LABEL dangling=1' "$(fixture busybox)" >/dev/null
  minidock image prune -f >/dev/null
  assert_eq "$(minidock images --format '{{.Repository}}')" busybox
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
