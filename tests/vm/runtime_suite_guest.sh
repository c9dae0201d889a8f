#!/bin/bash
# Runs in the guest: each e2e/runtime_*_test.sh, or those named, in a sandbox as ctest runs it.
set -u
. "$(dirname "$0")/suite.sh"
# An emulated processor is slow to end what a test leaves.
export SANDBOX_GRACE=${SANDBOX_GRACE:-20}

# peers.sh lays a tree of engines over /usr: an empty one does for runtime_spec, which needs only its mounts.
mkdir -p build/fixtures/peers/tree/{usr,etc}
touch build/fixtures/peers/done

[ $# -gt 0 ] || set -- tests/e2e/runtime_*_test.sh
for file in "$@"; do
  name=$(basename "$file" _test.sh)
  case $name in
    runtime_podman | runtime_containerd | runtime_dockerd)
      echo "skipped $name: the engines are not brought into the guest"
      continue
      ;;
  esac
  run_file "$file" tests/support/sandbox
done
finish_suite
