# export: a container's root file system as a tar.
. "$(dirname "$0")/../support/e2e.sh"

names() { tar -tf "$1" | sort; }

test_round_trip() {
  image busybox
  minidock run --name c1 busybox sh -c '
    echo own >/own; ln /own /hard; ln -s /own /soft; mkfifo /fifo; mkdir -m 1777 /open; chown 7:8 /open
    chmod 4755 /own; rm /etc/group; echo x >"/a
b"; mknod /node c 1 3; touch -d @1000000000 /old'
  minidock export c1 >"$work/c.tar"
  minidock import -q "$work/c.tar" again >/dev/null
  try minidock run --rm again sh -c 'cat /own /soft; stat -c "%n %a %u %g %F %h" /own /hard /fifo /open; stat -c %Y /old
    stat -c "%t %T" /node; cat /a*; ls /etc/group'
  assert_eq "$out" "own
own
/own 4755 0 0 regular file 2
/hard 4755 0 0 regular file 2
/fifo 644 0 0 fifo 1
/open 1777 7 8 directory 2
1000000000
1 3
x"
  assert_contains "$err" "/etc/group"
  minidock rmi again >/dev/null
}

test_same_bytes_each_time() {
  image busybox
  minidock run --name c1 busybox sh -c 'for i in 3 1 2; do echo $i >/f$i; ln /f$i /l$i; done'
  minidock export c1 >"$work/1"
  minidock export -o "$work/2" c1
  cmp "$work/1" "$work/2"
  assert_eq "$(ls "$work" | grep -c tmp || true)" 0 "number of drafts"
}

test_form() {
  image busybox
  minidock run --name c1 busybox true
  minidock export c1 >"$work/c.tar"
  assert_no_match "$(names "$work/c.tar")" '(^|
)\.?/'
  assert_match "$(names "$work/c.tar")" '(^|
)etc/passwd'
  assert_match "$(tar --no-recursion -tvf "$work/c.tar" etc/)" '^drwxr-xr-x 0/0 .* etc/$'
}

test_mounts_are_left_out() {
  image busybox
  mkdir -p "$work/host"
  echo secret >"$work/host/secret"
  minidock run -d --name c1 -v vol:/data -v "$work/host:/host" --tmpfs /t busybox sh -c \
    'echo x >/data/v; echo x >/t/m; echo ready; exec sleep 1000' >/dev/null
  wait_until 10 has_logged c1
  minidock export c1 >"$work/running"
  minidock stop -t 0 c1 >/dev/null
  minidock export c1 >"$work/stopped"
  for at in running stopped; do
    assert_match "$(names "$work/$at")" '(^|
)data/(
|$)'
    assert_empty "$(names "$work/$at" | grep -E '^(data|host|t|proc|sys|dev)/.')" "what is in mounts"
  done
  cmp "$work/running" "$work/stopped"
  minidock rm -v c1 >/dev/null
  minidock volume rm vol >/dev/null
}

test_xattrs_and_long_names() {
  image busybox
  requires setfattr
  minidock create --name c1 busybox true >/dev/null
  local long
  long=$(printf 'n%.0s' {1..200})
  mkdir -p "$work/in/$long/$long"
  echo deep >"$work/in/$long/$long/file"
  ln -s "$long/$long/file" "$work/in/link"
  setfattr -n user.colour -v blue "$work/in/link" 2>/dev/null || true
  setfattr -n user.colour -v blue "$work/in/$long/$long/file"
  minidock cp "$work/in" c1:/in
  minidock export c1 >"$work/c.tar"
  mkdir "$work/out"
  tar --xattrs --xattrs-include='*' -xf "$work/c.tar" -C "$work/out"
  assert_eq "$(cat "$work/out/in/link")" deep
  assert_eq "$(getfattr --only-values -n user.colour "$work/out/in/$long/$long/file" 2>/dev/null)" blue
}

test_refuses_a_terminal_and_bad_places() {
  image busybox
  minidock create --name c1 busybox true >/dev/null
  on_terminal 'expect cowardly' "$MINIDOCK_BINARY" export c1
  assert_rc 1
  assert_contains "$out" "cowardly refusing to save to a terminal. Use the -o flag or redirect"
  refused 1 'failed to export container: invalid output path: stat /nonexistent: no such file or directory' \
    minidock export -o /nonexistent/x c1
  refused 1 'failed to export container: cannot write to a directory' minidock export -o "$work" c1
  refused 1 'failed to export container: cannot write to a character device file' minidock export -o /dev/null c1
  refused 1 'No such container: nope' minidock export -o "$work/x" nope
  assert_no_file "$work/x"
  refused 1 'No space left on device' sh -c '"$MINIDOCK_BINARY" export c1 >/dev/full'
  refused 1 'requires 1 argument' minidock export
}

run_tests
