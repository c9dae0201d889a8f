# completion: what __complete answers with a store behind it, and the shells' scripts.
. "$(dirname "$0")/../support/e2e.sh"

offered() { minidock __complete -- "$@" | cut -f1 | xargs; }

some_containers() {
  image busybox
  minidock create --name idle busybox true >/dev/null
  minidock run -d --name busy -v data:/d busybox sleep 1000 >/dev/null
}

test_live_names() {
  some_containers
  assert_eq "$(offered start '')" idle
  assert_eq "$(offered stop '')" busy
  assert_eq "$(offered rm '' | xargs -n1 | sort | xargs)" "busy idle"
  assert_eq "$(offered unpause '')" ""
  minidock pause busy >/dev/null
  assert_eq "$(offered unpause '')$(offered exec '')" busy
  minidock unpause busy >/dev/null
  assert_eq "$(offered exec b)" busy
  assert_eq "$(offered run busyb)" busybox:latest
  assert_eq "$(offered volume rm '')" data
  local id
  id=$(minidock ps -q)
  assert_eq "$(offered stop "${id:0:4}")" "$id"
  assert_match "$(minidock __complete -- stop '')" $'^busy\tbusybox, Up '
  assert_eq "$(offered cp bu)" "busy: :files :nospace"
}

test_a_store_that_is_not_there_is_not_made() {
  try minidock __complete -- --root "$work/none" --run-root "$work/none-run" rm ''
  assert_rc 0
  assert_empty "$out$err"
  [ ! -e "$work/none" ] || fail "it was made"
}

# Milliseconds of the processor's time, the least of several: how long it takes otherwise is up to who else is at work.
least_time() {
  local i TIMEFORMAT='%U %S'
  for i in 1 2 3 4 5 6 7; do
    { time "$MINIDOCK_BINARY" "$@" >/dev/null; } 2>&1
  done | awk '{ print int(($1 + $2) * 1000) }' | sort -n | head -n 1
}

# Beside what any start of the program takes, which a busy machine makes longer.
test_it_takes_no_time() {
  some_containers
  local plain names
  plain=$(least_time --version) names=$(least_time __complete -- rm '')
  echo "milliseconds: $names, of which the start takes $plain"
  assert_le $((names - plain)) 20 "milliseconds"
}

# As readline would call it: COMP_WORDS taken apart at = and :, the cursor at the end.
completed_by_bash() {
  bash --norc -c '
    . <("$MINIDOCK_BINARY" completion bash)
    compopt() { :; }
    COMP_LINE=$1 COMP_POINT=${#1}
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    COMP_WORDS[0]=$MINIDOCK_BINARY COMP_LINE=$MINIDOCK_BINARY${COMP_LINE#minidock} COMP_POINT=$((COMP_POINT + ${#MINIDOCK_BINARY} - 8))
    _minidock
    printf "%s\n" "${COMPREPLY[@]}" | sort | xargs' bash "$@"
}

test_bash_function() {
  some_containers
  assert_eq "$(completed_by_bash 'minidock sto' minidock sto)" stop
  assert_eq "$(completed_by_bash 'minidock stop ' minidock stop '')" busy
  assert_eq "$(completed_by_bash 'minidock run busybox:la' minidock run busybox : la)" latest
  assert_eq "$(completed_by_bash 'minidock run --restart=un' minidock run --restart = un)" unless-stopped
  assert_eq "$(completed_by_bash 'minidock ps --filter status=ex' minidock ps --filter status = ex)" exited
  assert_eq "$(completed_by_bash 'minidock ps --filter status=' minidock ps --filter status =)" \
    "created dead exited paused restarting running"
  touch "$work/some.env"
  assert_eq "$(completed_by_bash "minidock run --env-file $work/so" minidock run --env-file "$work/so")" "$work/some.env"
}

# And by readline itself.
test_bash_on_a_terminal() {
  requires script
  some_containers
  cat >"$work/rc" <<END
PATH=$(dirname "$MINIDOCK_BINARY"):\$PATH
PS1='ready> '
bind 'set enable-bracketed-paste off'
. <(minidock completion bash)
END
  mkfifo "$work/keys"
  script -qfc "bash --noprofile --rcfile $work/rc -i" "$work/typescript" <"$work/keys" >/dev/null 2>&1 &
  local shell=$!
  exec 8>"$work/keys"
  seen() { grep -q "$1" "$work/typescript"; }
  wait_until 10 seen 'ready> '
  printf 'echo chosen: minidock stop b\t\n' >&8
  printf 'minidock insp\tidle -f "{{.Name}}-\x22\x22seen"\n' >&8
  wait_until 10 seen '/idle-seen'
  printf 'exit\n' >&8
  exec 8>&-
  wait "$shell"
}

# completed_on_terminal COMMAND...: an interactive shell that shows "ready> " and has the completion. What is typed is asked
# of it key by key, and what it adds must be on the screen.
completed_on_terminal() {
  touch "$work/unlike.env"
  TERM=xterm on_terminal "$(cat <<END
expect ready> 
send minidock vers\t\r
expect OCI runtime
expect ready> 
send minidock stop bu\t
expect sy
send \x15minidock run --restart=un\t
expect less-stopped
send \x15minidock ps --filter status=ex\t
expect ited
send \x15minidock run busybox:la\t
expect test
send \x15minidock run --env-file $work/unl\t
expect ike
send \x15minidock st\t\t
expect Stop running containers
send \x15minidock inspect idl\t -f '{{.Name}}-seen'\r
expect /idle-seen
expect ready> 
send exit\r
END
)" "$@"
  assert_rc 0
}

test_zsh_on_a_terminal() {
  requires zsh
  some_containers
  mkdir -p "$work/zsh"
  cat >"$work/zsh/.zshrc" <<END
PATH=$(dirname "$MINIDOCK_BINARY"):\$PATH
PS1='ready> '
autoload -Uz compinit && compinit -D -u
source <(minidock completion zsh)
END
  HOME=$work/zsh ZDOTDIR=$work/zsh completed_on_terminal zsh -d -i
}

# As a distribution installs it: a file in fpath, read at the first use.
test_zsh_by_fpath() {
  requires zsh
  some_containers
  mkdir -p "$work/zsh" "$work/functions"
  minidock completion zsh >"$work/functions/_minidock"
  cat >"$work/zsh/.zshrc" <<END
PATH=$(dirname "$MINIDOCK_BINARY"):\$PATH
PS1='ready> '
fpath=($work/functions \$fpath)
autoload -Uz compinit && compinit -D -u
END
  HOME=$work/zsh ZDOTDIR=$work/zsh completed_on_terminal zsh -d -i
}

test_fish_on_a_terminal() {
  requires fish
  some_containers
  mkdir -p "$work/fish/fish"
  cat >"$work/fish/fish/config.fish" <<END
set -gx PATH $(dirname "$MINIDOCK_BINARY") \$PATH
set -g fish_greeting
function fish_prompt
    echo 'ready> '
end
minidock completion fish | source
END
  HOME=$work/fish XDG_CONFIG_HOME=$work/fish XDG_DATA_HOME=$work/fish completed_on_terminal fish -i
}

test_scripts_are_right_for_their_shells() {
  local shell checked=
  assert_match "$(minidock completion zsh)" '^#compdef minidock'
  assert_contains "$(minidock completion fish)" 'complete -c minidock'
  for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || { echo "skipped: no $shell here" >&2; continue; }
    minidock completion "$shell" >"$work/script"
    "$shell" -n "$work/script"
    checked+=" $shell"
  done
  assert_contains "$checked" bash
  refused 1 'no completion for shell tcsh' minidock completion tcsh
}

test_fish() {
  requires fish
  some_containers
  completed_by_fish() {
    HOME=$work PATH=$(dirname "$MINIDOCK_BINARY"):$PATH fish -c \
      'minidock completion fish | source; complete -C $argv[1]' "$1" | cut -f1 | xargs
  }
  assert_eq "$(completed_by_fish 'minidock stop ')" busy
  assert_eq "$(completed_by_fish 'minidock sto')" stop
  assert_eq "$(completed_by_fish 'minidock run busybox:la')" busybox:latest
  assert_eq "$(completed_by_fish 'minidock run --restart=un')" --restart=unless-stopped
  assert_eq "$(completed_by_fish 'minidock ps --filter status=ex')" status=exited
}

run_tests
