#!/bin/bash
# The races of e2e/runtime_escape_test.sh, 500 rounds each.
MINIDOCK_ROUNDS=500
. "$(dirname "$0")/../e2e/runtime_escape_test.sh"
