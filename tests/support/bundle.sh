# shellcheck shell=bash
# bundle.sh - e2e.sh for tests of the OCI runtime: bundles made from the images' archives, and `rt`, which is
# `minidock-runtime` with a state directory of the test file's own.
#
#   . "$(dirname "$0")/../support/bundle.sh"
#   test_it_runs() {
#     bundle web 'process.args = ["sleep", "100"]'
#     rt create -b "$work/web" web </dev/null
#     rt start web
#   }
#   run_tests
#
# After each test its containers are deleted; the sandbox then finds the cgroup or process that one has left.
. "$(dirname "${BASH_SOURCE[0]}")/e2e.sh"

states=$work/states
# As engines start it: the program of its own, beside minidock.
runtime=${MINIDOCK_BINARY%/*}/minidock-runtime
rt() { "$runtime" --root "$states" "$@"; }

# bundle NAME CHANGE...: $work/NAME with the root of busybox and the config.json of `runtime spec`, without a terminal
# and writable, after CHANGE: assignments of Python to paths in it, `linux.resources.pids = {"limit": 9}`.
bundle() {
  local at=$work/$1
  shift
  requires image-busybox python3
  rm -rf "$at"
  mkdir -p "$at/rootfs"
  tar -xf "$(fixture busybox)" -C "$at/rootfs"
  rt spec -b "$at"
  configure "$at" 'process.terminal = False' 'root.readonly = False' "$@"
}

# configure DIRECTORY CHANGE...
configure() {
  local at=$1
  shift
  python3 - "$at/config.json" "$@" <<'END'
import json, sys

path, changes = sys.argv[1], sys.argv[2:]
with open(path) as file:
    config = json.load(file)
for change in changes:
    names, value = change.split(" = ", 1)
    *parents, last = names.split(".")
    place = config
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = eval(value)
with open(path, "w") as file:
    json.dump(config, file)
END
}

# field NAME...: of the JSON on standard input, which is found by going down the names.
field() {
  python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1:]:
    value = value[int(name)] if isinstance(value, list) else value[name]
print(json.dumps(value) if isinstance(value, (dict, list, bool)) else value)' "$@"
}

status_of() { rt state "$1" | field status; }
has_status() { [ "$(status_of "$1")" = "$2" ]; }
pid_of() { rt state "$1" | field pid; }

# created ID BUNDLE OPTION...: created, with what it writes in $work/ID.out.
created() {
  local id=$1 from=$2
  shift 2
  rt create -b "$work/$from" "$@" "$id" </dev/null >"$work/$id.out" 2>&1 || fail "cannot create $id: $(cat "$work/$id.out")"
}
running() {
  created "$@"
  rt start "$1"
}

# The value of a container's cgroup file by its name of v1 or of v2: cgroup_file ID memory memory.limit_in_bytes memory.max
cgroup_file() {
  local at
  at=$(awk -v c="$2" '$3 == "cgroup" && "," $4 "," ~ "," c "," { print $2; exit }' /proc/self/mounts)
  if [ -n "$at" ]; then cat "$at/$1/$3"; else cat "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)/$1/$4"; fi
}

# A state directory that is not there has no containers.
remove_containers() {
  local id
  [ -d "$states" ] || return 0
  for id in $(rt list -q); do rt delete --force "$id"; done
}
