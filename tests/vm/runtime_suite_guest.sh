#!/bin/bash
# Runs in the guest: each e2e/runtime_*_test.sh, or those named, in a sandbox as ctest runs it. A line a file; what a
# failing one says, and what every one skips; then one line for all.
set -u
# An emulated processor is slow to end what a test leaves.
export SANDBOX_GRACE=${SANDBOX_GRACE:-20}
log=$(mktemp)

# peers.sh lays a tree of engines over /usr: an empty one does for runtime_spec, which needs only its mounts.
mkdir -p build/fixtures/peers/tree/{usr,etc}
touch build/fixtures/peers/done

count() { sed -n "s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped\$/\\$1/p" "$log" | grep . || echo 0; }

passed=0 failed=0 skipped=0 wrong=()
[ $# -gt 0 ] || set -- tests/e2e/runtime_*_test.sh
for file in "$@"; do
  name=$(basename "$file" _test.sh)
  case $name in
    runtime_podman | runtime_containerd | runtime_dockerd)
      echo "skipped $name: the engines are not brought into the guest"
      continue
      ;;
  esac
  began=$SECONDS
  tests/support/sandbox bash "$file" >"$log" 2>&1
  status=$?
  case $status in
    0) word=ok ;;
    77) word=skipped ;;
    *) word=FAILED wrong+=("$name") && cat "$log" ;;
  esac
  grep '^skipped: ' "$log"
  printf '%-7s %s: %d passed, %d failed, %d skipped (%d s)\n' "$word" "$name" "$(count 1)" "$(count 2)" "$(count 3)" \
    $((SECONDS - began))
  passed=$((passed + $(count 1))) failed=$((failed + $(count 2))) skipped=$((skipped + $(count 3)))
done
echo "$passed passed, $failed failed, $skipped skipped; files that failed: ${wrong[*]:-none}"
[ ${#wrong[@]} = 0 ]
