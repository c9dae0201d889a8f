# diff: what a container has changed.
. "$(dirname "$0")/../support/e2e.sh"

changes() { minidock diff "$1"; }

test_added_changed_deleted() {
  image busybox
  minidock run --name c1 busybox sh -c '
    mkdir /data; echo x >/data/new; echo y >>/etc/passwd; rm /etc/group; chmod 711 /root'
  assert_eq "$(changes c1)" "A /data
A /data/new
C /etc
D /etc/group
C /etc/passwd
C /root"
}

test_nothing_changed() {
  image busybox
  minidock run --name c1 busybox true
  assert_empty "$(changes c1)"
  minidock create --name never busybox true >/dev/null
  assert_empty "$(changes never)"
}

test_while_it_runs() {
  image busybox
  minidock run -d --name c1 busybox sh -c 'echo x >/new; exec sleep 1000' >/dev/null
  wait_until 10 has_new c1
  minidock rm -f c1 >/dev/null
}
has_new() { [ "$(changes c1)" = "A /new" ]; }

# A directory that was removed and made anew hides all that the image has in it.
test_directory_made_anew() {
  image busybox
  minidock run --name c1 busybox sh -c 'rm -r /var; mkdir /var; mkdir /var/tmp; chmod 1777 /var/tmp'
  assert_eq "$(changes c1)" "C /var
D /var/www"
}

test_kind_changed() {
  image busybox
  minidock run --name c1 busybox sh -c 'rm /etc/group; mkdir /etc/group; touch /etc/group/in; rm -r /root; ln -s /etc /root'
  assert_eq "$(changes c1)" "C /etc
C /etc/group
A /etc/group/in
C /root"
}

test_touched_directory_and_rewritten_file_are_no_change() {
  image busybox
  minidock run --name c1 busybox sh -c 'touch /etc; chmod 600 /etc/passwd; chmod 644 /etc/passwd'
  assert_empty "$(changes c1)"
}

test_volumes_are_not_its_own() {
  image busybox
  minidock run --name c1 -v vol:/data busybox sh -c 'echo x >/data/inside'
  assert_eq "$(changes c1)" "A /data"
  minidock rm c1 >/dev/null
  minidock volume rm vol >/dev/null
}

test_odd_names() {
  image busybox
  minidock run --name c1 busybox sh -c "touch '/a
b' '/c d' /\$(printf '\\377')"
  assert_eq "$(changes c1)" 'A /a\nb
A /c d
A /\xff'
}

test_bad_input() {
  refused 1 'No such container: nope' minidock diff nope
  refused 1 'requires 1 argument' minidock diff
}

run_tests
