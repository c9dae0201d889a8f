# shellcheck shell=bash
# peers.sh - what the tests of minidock's OCI runtime under other engines share. A test sources it in the place of
# e2e.sh, which it sources itself.
#
# The tests see the tree that tests/support/peers unpacked as if it were installed, and the runtime under test as
# /usr/local/bin/minidock-runtime, the path in the files of docs/scale-out. So overlays lie over /usr and /etc, in a
# mount namespace of the file's own; what an engine writes in /etc is in memory. MINIDOCK_TEST_RUNTIME=runc (or crun,
# or a path) puts another runtime there: a test asks for what is right when a peer passes it too.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${MINIDOCK_BUILD_DIR:=$here/../../build-test}"
: "${MINIDOCK_BINARY:=$MINIDOCK_BUILD_DIR/minidock}"
peers=$MINIDOCK_BUILD_DIR/fixtures/peers

lay_peers() {
  local runtime layer status
  runtime=$(PATH=$peers/tree/usr/sbin:$peers/tree/usr/bin:$PATH command -v "${MINIDOCK_TEST_RUNTIME:-${MINIDOCK_BINARY%/*}/minidock-runtime}")
  layer=$(mktemp -d /run/peers.XXXXXX) && mkdir -p "$layer"/usr/local/bin "$layer"/{etc,work} || exit 1
  ln -s "${runtime#"$peers/tree"}" "$layer/usr/local/bin/minidock-runtime"
  export MINIDOCK_PEERS_LAID=yes MINIDOCK_BUILD_DIR MINIDOCK_BINARY
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -c '
    mount -t overlay -o "lowerdir=$1/usr:$2/usr:/usr" overlay /usr &&
      mount -t overlay -o "lowerdir=/etc:$2/etc,upperdir=$1/etc,workdir=$1/work" overlay /etc &&
      rm -rf /etc/cni && shift 2 || exit
    # Engines make directories in the tmpfs of the v1 hierarchies, which every sandbox has in common with the host.
    [ "$(stat -fc %T /sys/fs/cgroup)" != tmpfs ] || mount -o remount,bind,ro /sys/fs/cgroup || exit
    exec bash "$@"' - "$layer" "$peers/tree" "$0" "$@"
  status=$?
  rm -rf "$layer"
  exit $status
}
[ -n "${MINIDOCK_PEERS_LAID:-}" ] || [ ! -e "$peers/done" ] || [ "$(id -u)" != 0 ] || lay_peers "$@"

. "$here/e2e.sh"
requires root peers overlay
runtime=/usr/local/bin/minidock-runtime
export HOME=$work/home
mkdir "$HOME"

# A runtime that loses every race: before it passes a `kill` on, the container is `ended` or `removed`, as the file
# $work/race says. What the runtime then says is in $work/said.
cat >"$work/racing" <<END
#!/bin/bash
before=()
while [ \$# -gt 0 ] && [ "\$1" != kill ]; do before+=("\$1"); shift; done
[ \$# -gt 0 ] || exec $runtime "\${before[@]}"
id=\${*: -2:1}
state() { $runtime "\${before[@]}" state "\$id" | jq -r ".\$1"; }
case \$(cat "$work/race") in
  ended)
    kill -KILL "\$(state pid)"
    until [ "\$(state status)" = stopped ]; do sleep 0.02; done
    ;;
  removed) $runtime "\${before[@]}" delete --force "\$id" ;;
esac
$runtime "\${before[@]}" "\$@" 2> >(tee "$work/said" >&2)
END
chmod +x "$work/racing"

# The cgroup of the container whose full ID is $1, for a controller.
engine_cgroup() {
  local at
  at=$(awk -v c="$2" '$3 == "cgroup" && "," $4 "," ~ "," c "," { print $2; exit }' /proc/self/mounts)
  [ -n "$at" ] || at=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
  find "$at" -depth -type d -name "*$1*" ! -name '*conmon*' -print -quit
}

# cgroup_value ID CONTROLLER FILE1 FILE2: what the file says, by its name in cgroup v1 or v2.
cgroup_value() {
  local at
  at=$(engine_cgroup "$1" "$2")
  cat "$at/$3" 2>/dev/null || cat "$at/$4"
}
is_frozen() {
  local at
  at=$(engine_cgroup "$1" freezer)
  grep -qsx FROZEN "$at/freezer.state" || grep -qsx 'frozen 1' "$at/cgroup.events"
}
no_cgroup_of() { [ -z "$(find /sys/fs/cgroup -type d -name "*$1*" ! -name '*conmon*' -print -quit)" ]; }
