#!/bin/bash
# on_disk.sh SCRIPT - runs in a guest: SCRIPT, in a copy of the directory at hand on a disk of the guest's own. What is
# shared with the host has file systems that no container is made on.
set -eu
copy=$(mktemp -d /var/tmp/minidock.XXXXXX)
cp -R . "$copy"
cd "$copy"
# An emulated processor takes its time.
export MINIDOCK_PATIENCE=6
export MINIDOCK_BUILD_DIR=$copy/build MINIDOCK_BINARY=$copy/build/minidock MINIDOCK_MUST=no
exec bash "$@"
