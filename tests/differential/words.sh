# shellcheck shell=bash
# words.sh - what the lines of a case may use besides docker.

# The paths of all keys of the JSON on standard input, lists as [].
keys() {
  python3 -c 'import json, sys
def walk(value, path):
    if isinstance(value, dict):
        for key in sorted(value):
            yield path + key
            yield from walk(value[key], path + key + ".")
    elif isinstance(value, list):
        for item in value[:1]:
            yield from walk(item, path + "[].")
try:
    print("\n".join(walk(json.load(sys.stdin), "")))
except ValueError:
    print("no JSON")'
}

# until COMMAND...: polls, ten seconds at most.
until_true() {
  local i
  for ((i = 0; i < 200; i++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  echo "never came true: $*" >&2
  return 1
}
is_state() { [ "$(docker inspect -f '{{.State.Status}}' "$1")" = "$2" ]; }
stopped() { until_true is_state "$1" exited; }
logged() { docker logs "$1" 2>&1 | grep -q -- "$2"; }
