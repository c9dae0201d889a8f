# shellcheck shell=bash
# guest.sh - sourced by tests that need more of a host than `boot` makes: another distribution's userland, systemd,
# AppArmor. Such a guest is not the project's; a variable names the command that runs one, and that is called as
#
#   WORDS DIRECTORY -- COMMAND...
#
# It runs COMMAND as root in DIRECTORY, shared with the guest, and has COMMAND's output and status; 124 is a time limit.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
images=(busybox probe)

# in_guest VARIABLE WHAT SCRIPT ARGUMENT...: runs tests/vm/SCRIPT in the guest that VARIABLE names, in a copy of the tests,
# the built programs and of the archives of `images`. 77, and a line that says so, where there is no such guest.
in_guest() {
  local variable=$1 what=$2 script=$3 words build=${MINIDOCK_BUILD_DIR:?}
  shift 3
  read -ra words <<<"${!variable-}"
  if [ ${#words[@]} = 0 ]; then
    echo "SKIPPED: tests/vm: $variable names no guest, $what (tests/vm/README.md)" >&2
    exit 77
  fi
  mkdir -p "$work/build/fixtures"
  cp -R "$here/.." "$work/tests" &&
    cp "${MINIDOCK_BINARY%/*}"/{minidock,minidock-runtime} "$work/build/" &&
    for image in "${images[@]}"; do cp "$build/fixtures/$image.tar" "$work/build/fixtures/" || exit 1; done || exit 1
  "${words[@]}" "$work" -- bash tests/vm/on_disk.sh "tests/vm/$script" "$@"
}
