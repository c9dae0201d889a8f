#!/bin/bash
# Limits, device policy and clean-up on a pure cgroup v2 host, in a virtual machine of its own.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../../images/busybox/build" "$work/busybox.tar" || exit 1
cp "$MINIDOCK_BINARY" "$work/minidock"
"$here/boot" "$here/limits_guest.sh" "$work/minidock" "$work/busybox.tar"
