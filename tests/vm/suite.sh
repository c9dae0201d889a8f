# shellcheck shell=bash
# suite.sh - sourced by what runs in a guest: a line a test file, what a failing one says, what every one skips; then one
# line for all.
log=$(mktemp)
passed=0 failed=0 skipped=0 wrong=()

count() { sed -n "s/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped\$/\\$1/p" "$log" | grep . || echo 0; }

# run_file FILE WORD...: FILE by bash, after the WORDs, as a sandbox.
run_file() {
  local file=$1 began=$SECONDS status word name
  shift
  name=$(basename "$file" _test.sh)
  "$@" bash "$file" >"$log" 2>&1
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
}

# finish_suite: the last line; its status is that of the whole.
finish_suite() {
  echo "$passed passed, $failed failed, $skipped skipped; files that failed: ${wrong[*]:-none}"
  [ ${#wrong[@]} = 0 ]
}
