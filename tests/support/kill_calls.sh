# shellcheck shell=bash
# kill_calls.sh - kill -9 of a command before any of its system calls, by strace. Sourced after e2e.sh.

# Every call with MINIDOCK_TEST_LONG; otherwise one of so many, others each time.
kStep=${MINIDOCK_TEST_LONG:+1}
kStep=${kStep:-97}

# calls_of COMMAND...: the system calls that it makes: a name, and how many of that name there were with it.
calls_of() {
  strace -qq -o "$work/trace" "$@" </dev/null >/dev/null 2>&1
  awk -F'(' '/^[a-z0-9_]+\(/ && !/^(execve|exit_group)/ { print $1, ++count[$1] }' "$work/trace" |
    awk -v step="$kStep" -v first="$((RANDOM % kStep))" 'NR % step == first'
}

# kill_before NAME COUNT COMMAND...: before that system call. Status 0: killed; 1: it was over before.
kill_before() {
  local rc=0
  (
    strace -qq -o /dev/null -e "inject=$1:signal=KILL:when=$2" "${@:3}"
    exit
  ) </dev/null >/dev/null 2>&1 || rc=$?
  [ $rc = 137 ]
}
