#!/bin/bash
# checkpoint and restore: refused with the reason where CRIU is not to be had; what CRIU is asked, by a stand-in for it
# that ends and starts the process in its place (a CRIU that works needs a kernel that it knows).
. "$(dirname "$0")/../support/bundle.sh"

stand_in() {
  cat >"$work/criu" <<'END'
#!/bin/bash
echo "$@" >>"${0%/*}/asked"
declare -A given
for ((i = 1; i <= $#; ++i)); do j=$((i + 1)) given[${!i}]=${!j-}; done
case $1 in
  check) exit 0 ;;
  dump) [[ " $* " == *" --leave-running "* ]] || kill -KILL "${given[--tree]}" ;;
  pre-dump) ;;
  restore) sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >"${given[--pidfile]}" ;;
esac
END
  chmod +x "$work/criu"
  rm -f "$work/asked"
}
saved() { grep "^$1 " "$work/asked"; }

test_refused_without_criu() {
  refused 1 'need the program /no/criu, which this host does not have' rt --criu /no/criu restore --image-path "$work" web
  try rt --criu /no/criu checkpoint --help
  assert_rc 1
  printf '#!/bin/sh\necho "(00.1) Error (criu/x.c:1): no support"; exit 1\n' >"$work/criu"
  chmod +x "$work/criu"
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  refused 1 'criu check fails on this kernel: .*no support' rt --criu "$work/criu" checkpoint --image-path "$work/i" web
  assert_eq "$(status_of web)" running
}

test_help_tells_that_it_can() {
  stand_in
  try rt --criu "$work/criu" checkpoint --help
  assert_rc 0
  assert_contains "$out" 'minidock runtime checkpoint [OPTIONS] ID'
}

test_save_and_bring_back() {
  stand_in
  bundle b 'process.args = ["sleep", "1000"]' \
    'mounts = config["mounts"] + [{"destination": "/host", "type": "bind", "source": "/tmp", "options": ["bind"]}]'
  running web b
  local pid
  pid=$(pid_of web)
  rt --criu "$work/criu" checkpoint --image-path "$work/i" --leave-running --tcp-established web
  assert_eq "$(status_of web)" running
  rt --criu "$work/criu" checkpoint --image-path "$work/i" --work-path "$work/w" --file-locks web
  refused 1 'container does not exist' rt state web
  assert_contains "$(saved dump | head -1)" "--tree $pid --root $work/b/rootfs"
  assert_contains "$(saved dump | head -1)" "--tcp-established"
  assert_contains "$(saved dump | tail -1)" "--images-dir $work/i --work-dir $work/w --file-locks --manage-cgroups=soft"
  assert_contains "$(saved dump | tail -1)" "--external mnt[/host]:/host"

  rt --criu "$work/criu" restore --detach --image-path "$work/i" -b "$work/b" --pid-file "$work/pid" back
  assert_contains "$(saved restore)" "--root $work/b/rootfs"
  assert_contains "$(saved restore)" "--external mnt[/host]:/tmp"
  assert_eq "$(status_of back)" running
  assert_eq "$(pid_of back)" "$(cat "$work/pid")"
}

test_a_parent_is_a_directory_below_the_images() {
  stand_in
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  save() { rt --criu "$work/criu" checkpoint --leave-running --image-path "$work/later" --parent-path "$1" web; }
  refused 1 "--parent-path $work: must be relative to --image-path" save "$work"
  refused 1 "--parent-path none: no directory $work/later/none" save none
  assert_no_file "$work/asked"
  mkdir -p "$work/later" "$work/first"
  save ../first
  assert_contains "$(saved dump)" "--track-mem --prev-images-dir ../first"
}

test_only_one_that_runs() {
  stand_in
  bundle b 'process.args = ["true"]'
  running web b
  wait_until 5 has_status web stopped
  refused 1 'container not running' rt --criu "$work/criu" checkpoint --image-path "$work/i" web
  assert_no_file "$work/i"
}
run_tests
