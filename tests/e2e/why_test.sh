# why, and the second line of a failed start: the cause and the fix.
. "$(dirname "$0")/../support/e2e.sh"

# diagnosed RC REGEX RUN-OPTIONS...: a run fails with that status; docker's line comes first, the diagnosis second.
diagnosed() {
  local status=$1 pattern=$2
  shift 2
  try minidock run --rm "$@"
  assert_rc "$status"
  assert_eq "$(wc -l <<<"$err")" 2
  assert_match "$(head -1 <<<"$err")" '^minidock: exec:? '
  assert_match "$(tail -1 <<<"$err")" "$pattern"
}
# script NAME: standard input as an executable file, in $work/bin.
script() {
  mkdir -p "$work/bin"
  cat >"$work/bin/$1"
  chmod 755 "$work/bin/$1"
}

test_missing_commands() {
  image busybox
  diagnosed 127 'no directory of PATH \(.*/bin\) has nope; install it in the image, .*; the image has /bin/sh$' busybox nope
  diagnosed 127 'there is no /opt/nope in the container' busybox /opt/nope
  diagnosed 127 "the whole of 'echo hi' was taken for the name of a program" busybox 'echo hi'
}

test_files_that_may_not_be_executed() {
  image busybox
  diagnosed 126 '/etc is a directory; give a program in it$' busybox /etc
  script plain <<<'#!/bin/sh'
  chmod 644 "$work/bin/plain"
  diagnosed 126 '/app/plain is not executable \(mode 0644\); set the bit with chmod \+x' -v "$work/bin:/app" busybox /app/plain
}

test_mount_without_execution() {
  image busybox
  mkdir "$work/noexec"
  mount -t tmpfs -o noexec noexec "$work/noexec"
  printf '#!/bin/sh\necho hi\n' >"$work/noexec/job"
  chmod 755 "$work/noexec/job"
  try minidock run --rm -v "$work/noexec:/app" busybox /app/job
  umount "$work/noexec"
  assert_rc 126
  assert_match "$(tail -1 <<<"$err")" '/app/job lies on a mount that forbids execution \(noexec\)'
}

test_scripts() {
  image busybox
  printf '#!/bin/sh\r\necho hi\r\n' | script dos
  diagnosed 127 "the first line of /app/dos ends with a carriage return, .*'/bin/sh.r'; save it with Unix line ends" \
    -v "$work/bin:/app" busybox /app/dos
  script snake <<<'#!/usr/bin/python9'
  diagnosed 127 '/app/snake is a script for /usr/bin/python9, which is not in the image' -v "$work/bin:/app" busybox /app/snake
  script headless <<<'echo hi'
  diagnosed 126 '/app/headless is a text whose first line is no #! line; begin it with #!/bin/sh' \
    -v "$work/bin:/app" busybox /app/headless
  script empty </dev/null
  diagnosed 126 '/app/empty is empty' -v "$work/bin:/app" busybox /app/empty
}

# elf MACHINE: a header of an x86-64 program whose machine is that number, two bytes in octal.
elf() {
  printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0%b\1\0\0\0' "$1"
  head -c 200 /dev/zero
}

test_programs() {
  image busybox
  elf '\267\0' | script foreign
  diagnosed 126 '/app/foreign is a program for arm64 and this machine is x86_64' -v "$work/bin:/app" busybox /app/foreign
  requires ls
  # A program of this host, whose loader the image has not.
  [ ! -e "$(fixture busybox)" ] || cp "$(command -v ls)" "$work/bin/ls"
  diagnosed 127 '/app/ls needs the dynamic loader /lib.*/ld-linux.*, which is not in the image' -v "$work/bin:/app" busybox /app/ls
}

# security: links in the image lead nowhere outside of it, so the host's file is not looked at.
test_links_stay_inside() {
  image busybox
  echo secret >"$work/host-file"
  minidock create --name link busybox /job >/dev/null
  ln -s "../../../../../../../../../..$work/host-file" "$(minidock inspect -f '{{.GraphDriver.Data.UpperDir}}' link)/job"
  try minidock start link
  assert_rc 1
  assert_match "$(tail -1 <<<"$err")" '^minidock: there is no /job in the container'
  assert_match "$(head -1 <<<"$err")" '/job: no such file or directory'
}

test_start_tells_too() {
  image busybox
  minidock create --name bad busybox nope >/dev/null
  try minidock start bad
  assert_rc 1
  assert_match "$(tail -1 <<<"$err")" 'no directory of PATH'
  # The record has docker's line alone.
  assert_no_match "$(minidock inspect -f '{{.State.Error}}' bad)" 'no directory'
  try minidock why bad
  assert_rc 0
  assert_match "$out" 'bad could not be started \(status 127\): exec: "nope"'
  assert_match "$out" 'no directory of PATH'
}

test_why_of_each_state() {
  image busybox
  minidock create --name fresh busybox true >/dev/null
  assert_match "$(minidock why fresh)" 'fresh was never started; start it with minidock start fresh'
  minidock run -d --name up busybox sleep 100 >/dev/null
  assert_match "$(minidock why up)" '^up is running, since '
  minidock pause up >/dev/null
  assert_match "$(minidock why up)" 'up is paused; let it go on with minidock unpause up'
  minidock kill up >/dev/null
  minidock wait up >/dev/null
  assert_match "$(minidock why up)" 'up was ended by SIGKILL \(status 137\) .* ago'
  assert_match "$(minidock why up)" 'the memory limit was not the cause'
  minidock run --name good busybox true
  assert_match "$(minidock why good)" 'its command came to its end, with success'
  try minidock run --name seven busybox sh -c 'exit 7'
  assert_match "$(minidock why seven)" 'seven exited with status 7'
  try minidock run --name term busybox sh -c 'kill -SEGV $$; sleep 1; exit 139'
  assert_match "$(minidock why term)" 'SIGSEGV'
  refused 1 'No such container: nope' minidock why nope
  try minidock why
  assert_rc 1
}

test_why_of_too_little_memory() {
  requires cgroup-memory
  image busybox
  try minidock run --name eater -m 16m --memory-swap 16m busybox sh -c 'head -c 200m /dev/zero | tail'
  try minidock why eater
  assert_match "$out" 'memory limit was reached: limit 16MiB, peak '
  assert_match "$out" 'raise it with update -m 32MiB'
}

run_tests
