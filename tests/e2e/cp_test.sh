# cp: files between a container and the host.
. "$(dirname "$0")/../support/e2e.sh"

# A stopped container `s` and a running one `r`: every rule holds for both.
both() {
  image busybox
  minidock create --name s1 busybox true >/dev/null
  minidock run -d --name r1 busybox sleep 1000 >/dev/null
}
inside() { # NAME COMMAND: what is in its files
  local dir
  dir=$(mktemp -d "$work/look.XXXX")
  minidock export "$1" | tar -xf - -C "$dir"
  (cd "$dir" && sh -c "$2")
}

test_file_rules_into_the_container() {
  both
  echo one >"$work/f"
  for c in s1 r1; do
    minidock cp "$work/f" $c:/tmp
    minidock cp "$work/f" $c:/tmp/
    minidock cp "$work/f" $c:/tmp/other
    minidock cp "$work/f" $c:tmp/relative
    minidock cp "$work/f" $c:/etc/motd
    assert_eq "$(inside $c 'cat tmp/f tmp/other tmp/relative etc/motd')" "one
one
one
one"
    refused 1 'no such directory' minidock cp "$work/f" $c:/new/
    refused 1 'Could not find the file /new in container' minidock cp "$work/f" $c:/new/file
    refused 1 'not a directory' minidock cp "$work/f/" $c:/tmp
    refused 1 'lstat .*/nothing: [Nn]o such file or directory' minidock cp "$work/nothing" $c:/tmp
  done
}

test_directory_rules_into_the_container() {
  both
  mkdir -p "$work/d/sub"
  echo one >"$work/d/sub/f"
  for c in s1 r1; do
    minidock cp "$work/d" $c:/tmp
    minidock cp "$work/d" $c:/made
    minidock cp "$work/d/." $c:/contents
    (cd "$work/d" && minidock cp . $c:/root)
    assert_eq "$(inside $c 'cat tmp/d/sub/f made/sub/f contents/sub/f root/sub/f; ls made')" "one
one
one
one
sub"
    refused 1 'cannot copy directory' minidock cp "$work/d" $c:/etc/passwd
    minidock cp "$work/d" $c:/made
    assert_eq "$(inside $c 'cat made/d/sub/f')" one
  done
}

test_out_of_the_container() {
  both
  mkdir "$work/out"
  for c in s1 r1; do
    minidock cp $c:/etc/passwd "$work/out"
    cmp "$work/out/passwd" <(inside $c 'cat etc/passwd')
    minidock cp $c:etc/passwd "$work/out/$c.name"
    minidock cp $c:/etc "$work/out/$c.made"
    assert_file "$work/out/$c.made/passwd"
    minidock cp $c:/etc "$work/out"
    assert_file "$work/out/etc/passwd"
    minidock cp $c:/etc/. "$work/out/$c.contents"
    assert_file "$work/out/$c.contents/passwd"
    (cd "$work/out" && rm -rf etc && minidock cp $c:/etc . && [ -e etc/passwd ])
    refused 1 'invalid output path: directory ".*/no" does not exist' minidock cp $c:/etc "$work/no/way"
    refused 1 'cannot copy directory' minidock cp $c:/etc "$work/out/passwd"
    refused 1 "Could not find the file /nothing in container $c" minidock cp $c:/nothing "$work"
    rm -rf "$work/out/etc"
  done
}

test_streams() {
  both
  mkdir -p "$work/t/a"
  echo one >"$work/t/a/f"
  tar -C "$work/t" -cf "$work/t.tar" a
  gzip -k "$work/t.tar"
  for c in s1 r1; do
    minidock cp - $c:/tmp <"$work/t.tar"
    minidock cp - $c:/root <"$work/t.tar.gz"
    assert_eq "$(inside $c 'cat tmp/a/f root/a/f')" "one
one"
    assert_eq "$(minidock cp $c:/tmp/a - | tar -tf -)" "a/
a/f"
    assert_eq "$(minidock cp $c:/tmp/a/f - | tar -xOf -)" one
    refused 1 'destination .*:/nothing" must be a directory' minidock cp - $c:/nothing <"$work/t.tar"
    refused 1 'must be a directory' minidock cp - $c:/etc/passwd <"$work/t.tar"
    refused 1 'not a tar archive' sh -c "echo no | \"\$MINIDOCK_BINARY\" cp - $c:/tmp"
  done
}

test_owners_and_modes() {
  both
  echo x >"$work/f"
  chown 1234:5678 "$work/f"
  chmod 4751 "$work/f" # after chown, which clears the bit
  for c in s1 r1; do
    minidock cp "$work/f" $c:/plain
    minidock cp -a "$work/f" $c:/archive
    assert_eq "$(inside $c 'stat -c "%u %g %a" plain archive')" "0 0 4751
1234 5678 4751"
    minidock cp $c:/archive "$work/out.$c"
    assert_eq "$(stat -c '%u %g %a' "$work/out.$c")" "0 0 751"
    minidock cp -a $c:/archive "$work/all.$c"
    assert_eq "$(stat -c '%u %g %a' "$work/all.$c")" "1234 5678 4751"
  done
}

test_links() {
  both
  echo target >"$work/target"
  ln -s target "$work/link"
  for c in s1 r1; do
    minidock cp "$work/link" $c:/tmp/asis
    minidock cp -L "$work/link" $c:/tmp/followed
    assert_eq "$(inside $c 'readlink tmp/asis; cat tmp/followed')" "target
target"
    minidock cp "$work/target" $c:/tmp/target
    minidock cp $c:/tmp/asis "$work/$c.asis"
    assert_eq "$(readlink "$work/$c.asis")" target
    minidock cp -L $c:/tmp/asis "$work/$c.followed"
    assert_eq "$(cat "$work/$c.followed")" target
  done
}

# Links of the container lead to places in it: absolute ones too, and ".." ends at its root.
test_hostile_links() {
  image busybox
  rm -rf "$work/canary"
  mkdir "$work/canary"
  echo untouched >"$work/canary/f"
  minidock run -d --name r1 busybox sh -c "ln -s $work/canary /dir; ln -s ../../../../../..$work/canary /up
    ln -s $work/canary/f /file; ln -s /proc/1/root /magic; ln -s / /self; echo ready; exec sleep 1000" >/dev/null
  wait_until 10 has_logged r1
  echo evil >"$work/evil"
  for state in running stopped; do
    for to in /dir /up /dir/f /up/f /file /magic$work/canary/f /magic$work/canary; do
      try minidock cp "$work/evil" "r1:$to"
      assert_eq "$(cat "$work/canary/f" && ls "$work/canary")" "untouched
f" "the canary after $to ($state)"
    done
    for from in /dir/f /up/f /magic$work/canary/f; do
      refused 1 'Could not find the file' minidock cp "r1:$from" "$work/stolen"
    done
    try minidock cp -L r1:/file "$work/stolen"
    [ ! -e "$work/stolen" ] || assert_eq "$(cat "$work/stolen")" evil "what -L gave"
    rm -f "$work/stolen"
    minidock cp "$work/evil" r1:/self/etc/through
    minidock cp r1:/etc/through "$work/through"
    assert_eq "$(cat "$work/through")" evil
    [ $state = stopped ] || minidock stop -t 0 r1 >/dev/null
  done
}

# CVE-2018-15664: a link that is exchanged with a directory while a copy is under way.
test_exchanged_links() {
  image busybox
  rm -rf "$work/canary"
  mkdir "$work/canary"
  echo secret >"$work/canary/f"
  minidock run -d --name r1 busybox sh -c "mkdir /d /e; echo inside >/e/f; rmdir /d; ln -s $work/canary /d
    echo ready; while :; do mv /d /x; mv /e /d; mv /x /e; done" >/dev/null
  wait_until 10 has_logged r1
  echo evil >"$work/evil"
  for _ in {1..15}; do
    try minidock cp "$work/evil" r1:/d/f
    try minidock cp r1:/d/f "$work/got"
    [ ! -e "$work/got" ] || assert_no_match "$(cat "$work/got")" secret
    try minidock cp r1:/d/. "$work/tree"
    assert_no_match "$(cat "$work/tree/f" 2>/dev/null || true)" secret
    rm -rf "$work/got" "$work/tree"
  done
  assert_eq "$(cat "$work/canary/f"; ls "$work/canary")" "secret
f"
}

# An archive that makes a link and then writes through it; names with ".."; absolute names.
test_hostile_archives() {
  both
  rm -rf "$work/canary"
  mkdir "$work/canary"
  python3 - "$work" <<'END'
import io, sys, tarfile
work = sys.argv[1]
def make(name, *members):
    with tarfile.open(f"{work}/{name}.tar", "w") as tar:
        for path, kind, link in members:
            info = tarfile.TarInfo(path)
            info.type, info.linkname = kind, link
            data = b"evil" if kind == tarfile.REGTYPE else b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
make("through", ("l", tarfile.SYMTYPE, f"{work}/canary"), ("l/f", tarfile.REGTYPE, ""))
make("dots", ("../" * 20 + work[1:] + "/canary/f", tarfile.REGTYPE, ""))
make("hard", ("h", tarfile.LNKTYPE, f"{work}/evil"))
make("absolute", (f"{work}/canary/f", tarfile.REGTYPE, ""))
END
  echo host >"$work/evil"
  for c in s1 r1; do
    for archive in through dots hard absolute; do
      try minidock cp - $c:/tmp <"$work/$archive.tar"
      assert_empty "$(ls "$work/canary")" "the canary after $archive"
    done
  done
}

test_container_programs_are_not_run() {
  both
  for name in xz gzip unpigz unxz; do
    printf '#!/bin/sh\ntouch /ran\n' >"$work/$name"
    chmod 755 "$work/$name"
    for c in s1 r1; do minidock cp "$work/$name" $c:/bin/$name; done
  done
  mkdir "$work/x"
  tar -C "$work" -cJf "$work/x.tar.xz" x
  for c in s1 r1; do
    minidock cp - $c:/tmp <"$work/x.tar.xz"
    assert_empty "$(inside $c 'ls ran 2>/dev/null' || true)"
  done
}

test_volumes_and_binds() {
  image busybox
  mkdir "$work/host"
  minidock create --name s1 -v vol:/data -v "$work/host:/deep/host" -v vol:/ro:ro busybox true >/dev/null
  minidock run -d --name r1 -v vol:/data -v "$work/host:/deep/host" -v vol:/ro:ro busybox sleep 1000 >/dev/null
  for c in s1 r1; do
    echo $c >"$work/f"
    minidock cp "$work/f" $c:/data/$c
    minidock cp "$work/f" $c:/deep/host/$c
    assert_eq "$(cat "$work/host/$c")" $c
    assert_eq "$(minidock run --rm -v vol:/v busybox cat /v/$c)" $c
    minidock cp $c:/data/$c "$work/back"
    assert_eq "$(cat "$work/back")" $c
    refused 1 'mounted volume is marked read-only' minidock cp "$work/f" $c:/ro/x
  done
  minidock rm -f r1 s1 >/dev/null
  minidock volume rm vol >/dev/null
}

test_read_only_root() {
  image busybox
  minidock create --name s1 --read-only busybox true >/dev/null
  minidock run -d --name r1 --read-only --tmpfs /t busybox sleep 1000 >/dev/null
  echo x >"$work/f"
  for c in s1 r1; do
    refused 1 'container rootfs is marked read-only' minidock cp "$work/f" $c:/tmp
    minidock cp $c:/etc/passwd "$work/passwd"
  done
  minidock cp "$work/f" r1:/t/f
}

test_odd_things() {
  both
  mkdir -p "$work/odd/empty"
  (cd "$work/odd" && touch "a
b" && echo x >f && ln f g && mkfifo fifo && mknod node c 1 3 && truncate -s 3M sparse &&
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")')
  touch -d @1000000000 "$work/odd/empty" "$work/odd/f"
  for c in s1 r1; do
    minidock cp "$work/odd" $c:/odd
    minidock cp $c:/odd "$work/back"
    assert_eq "$(cd "$work/back" && stat -c '%n %F %h %s' ./* | sort)" "$(cd "$work/odd" && rm -f sock &&
      stat -c '%n %F %h %s' ./* | sort)"
    assert_eq "$(stat -c %Y "$work/back/empty" "$work/back/f")" "1000000000
1000000000"
    assert_eq "$(stat -c '%t %T' "$work/back/node")" "1 3"
    rm -rf "$work/back"
  done
}

# Neither kind takes the other's place, however deep.
test_kinds_do_not_mix() {
  both
  mkdir -p "$work/a/x" "$work/b"
  echo file >"$work/b/x"
  for c in s1 r1; do
    minidock cp "$work/a/." $c:/tmp
    refused 1 'cannot overwrite directory with non-directory' minidock cp "$work/b/." $c:/tmp
    minidock cp "$work/b/." $c:/root
    refused 1 'cannot overwrite non-directory with directory' minidock cp "$work/a/." $c:/root
  done
}

test_start_after_cp_and_cp_at_once() {
  image busybox
  minidock create --name s1 busybox cat /in >/dev/null
  for i in {1..8}; do echo "$i" >"$work/f$i"; done
  for i in {1..8}; do "$MINIDOCK_BINARY" cp "$work/f$i" s1:/f$i & done
  wait
  echo go >"$work/in"
  minidock cp "$work/in" s1:/in
  assert_eq "$(minidock start -a s1)" go
  assert_eq "$(inside s1 'cat f1 f8')" "1
8"
}

test_says_what_it_did_on_a_terminal() {
  image busybox
  minidock create --name s1 busybox true >/dev/null
  echo x >"$work/f"
  on_terminal 'expect copied .*f' "$MINIDOCK_BINARY" cp "$work/f" s1:/tmp/f
  assert_contains "$out" "Successfully copied 2.05kB to s1:/tmp/f"
  on_terminal '' "$MINIDOCK_BINARY" cp -q "$work/f" s1:/tmp/f
  assert_no_match "$out" copied
}

test_bad_input() {
  image busybox
  minidock create --name s1 busybox true >/dev/null
  refused 1 'must specify at least one container source' minidock cp a b
  refused 1 'copying between containers is not supported' minidock cp a:/x b:/y
  refused 1 'source can not be empty' minidock cp '' s1:/x
  refused 1 'destination can not be empty' minidock cp s1:/x ''
  refused 1 'must specify at least one container source' minidock cp - -
  refused 1 'requires 2 arguments' minidock cp s1:/x
  refused 1 'No such container: nope' minidock cp nope:/x "$work"
  minidock run -d --name r1 busybox sleep 1000 >/dev/null
  refused 1 'destination "r1:/dev/full" must be a directory or a regular file' minidock cp /etc/passwd r1:/dev/full
}

run_tests
