# commit: an image from a container's changes.
. "$(dirname "$0")/../support/e2e.sh"

field() { minidock image inspect -f "$2" "$1"; }

test_changes_become_a_layer() {
  image busybox
  minidock run --name c1 busybox sh -c '
    echo own >/own; rm /etc/group; rm -r /root; mkdir -m 750 /root; echo x >/root/x; ln /own /hard; chown 5:6 /own'
  try minidock commit -a "A <a@b>" -m "why" c1 mine:1
  assert_rc 0
  assert_match "$out" '^sha256:[0-9a-f]{64}$'
  assert_eq "$out" "$(field mine:1 '{{.Id}}')"
  assert_eq "$(field mine:1 '{{len .RootFS.Layers}}')" 2 "number of layers"
  assert_eq "$(field mine:1 '{{index .RootFS.Layers 0}}')" "$(field busybox '{{index .RootFS.Layers 0}}')"
  assert_eq "$(field mine:1 '{{.Author}} {{.Comment}}')" "A <a@b> why"
  try minidock run --rm mine:1 sh -c 'cat /own; ls -a /root; ls /etc/group; stat -c "%u %g %h" /hard; stat -c %a /root'
  assert_eq "$out" "own
.
..
x
5 6 2
750"
  assert_contains "$err" /etc/group
  minidock rm c1 >/dev/null
  minidock rmi mine:1 >/dev/null
}

# What was below a directory that was made anew stays hidden, also two layers further.
test_opaque_directories_and_layers_on_layers() {
  image busybox
  minidock run --name a1 busybox sh -c 'rm -r /var; mkdir /var; echo 1 >/var/one'
  minidock commit a1 l1 >/dev/null
  minidock run --name b1 l1 sh -c 'ls /var >/seen; rm /var/one; echo 2 >/var/two'
  minidock commit b1 l2 >/dev/null
  assert_eq "$(minidock run --rm l1 cat /var/one)" 1
  assert_eq "$(minidock run --rm l2 sh -c 'cat /seen; ls /var; cat /var/two')" "one
two
2"
  assert_eq "$(field l2 '{{len .RootFS.Layers}}')" 3 "number of layers"
  minidock rm a1 b1 >/dev/null
  minidock rmi l2 l1 >/dev/null
}

test_no_change_is_no_layer() {
  image busybox
  minidock run --name c1 busybox true
  minidock commit c1 same >/dev/null
  assert_eq "$(field same '{{.RootFS.Layers}}')" "$(field busybox '{{.RootFS.Layers}}')"
  assert_eq "$(minidock run --rm same echo ok)" ok
  minidock rm c1 >/dev/null
  minidock rmi same >/dev/null
}

# overlayfs takes no directory twice: the same change again must not make an image that cannot run.
test_the_same_layer_twice() {
  image busybox
  minidock run --name a1 busybox touch -d @1000000000 /f
  minidock commit a1 one >/dev/null
  minidock run --name b1 one rm /f
  minidock commit b1 two >/dev/null
  minidock run --name c1 two touch -d @1000000000 /f
  minidock commit c1 three >/dev/null
  assert_eq "$(field three '{{index .RootFS.Layers 1}}')" "$(field three '{{index .RootFS.Layers 3}}')"
  assert_eq "$(minidock run --rm three ls /f)" /f
  minidock rm a1 b1 c1 >/dev/null
  minidock rmi three two one >/dev/null
}

test_same_changes_same_layer() {
  image busybox
  for name in x1 x2; do
    minidock run --name $name busybox sh -c 'for i in 2 1 3; do echo $i >/f$i; touch -d @1000000000 /f$i; done'
    minidock commit $name $name >/dev/null
  done
  assert_eq "$(field x1 '{{index .RootFS.Layers 1}}')" "$(field x2 '{{index .RootFS.Layers 1}}')"
  minidock rm x1 x2 >/dev/null
  minidock rmi x1 x2 >/dev/null
}

test_defaults_are_the_containers() {
  image busybox
  minidock run --name c1 -e A=1 -e B=2 -w /tmp -u 3:4 -l k=v --entrypoint /bin/sh busybox -c 'echo $A'
  minidock commit -c 'ENV B=3' -c 'CMD ["-c", "echo $A$B; pwd; id -u"]' c1 mine >/dev/null
  assert_eq "$(minidock run --rm mine)" "13
/tmp
3"
  assert_eq "$(field mine '{{.Config.Labels.k}} {{json .Config.Entrypoint}}')" 'v ["/bin/sh"]'
  assert_no_match "$(field mine '{{.Config.Env}}')" HOSTNAME
  minidock rm c1 >/dev/null
  minidock rmi mine >/dev/null
}

test_while_it_runs_and_without_volumes() {
  image busybox
  minidock run -d --name c1 -v vol:/data busybox sh -c 'echo x >/data/v; echo y >/own; echo ready; exec sleep 1000' >/dev/null
  wait_until 10 has_logged c1
  minidock commit c1 mine >/dev/null
  is_running c1
  assert_eq "$(minidock run --rm mine sh -c 'cat /own; ls /data')" y
  minidock commit --pause=false c1 >/dev/null
  minidock rm -f c1 >/dev/null
  minidock volume rm vol >/dev/null
  minidock rmi mine >/dev/null
  minidock image prune -f >/dev/null
}

# Its processes stand still from the first look at its files to the last; afterwards it goes on.
test_stands_still_meanwhile() {
  image busybox
  minidock run -d --name c1 busybox sh -c '
    i=0; put() { echo $i >/t; mv /t $1; }
    while :; do i=$((i + 1)); put /a; put /b; [ $i != 2 ] || echo ready; done' >/dev/null
  wait_until 10 has_logged c1
  for _ in 1 2 3; do
    minidock commit c1 mine >/dev/null
    assert_eq "$(minidock inspect -f '{{.State.Status}}' c1)" running
    minidock run --rm mine sh -c '[ $(($(cat /a) - $(cat /b))) -le 1 ]' || fail "files of two moments"
    minidock rmi mine >/dev/null
  done
  minidock pause c1 >/dev/null
  minidock commit c1 mine >/dev/null
  assert_eq "$(minidock inspect -f '{{.State.Status}}' c1)" paused
  minidock unpause c1 >/dev/null
  minidock rm -f c1 >/dev/null
  minidock rmi mine >/dev/null
}

test_removal_shares_layers() {
  image busybox
  minidock run --name c1 busybox touch /f
  minidock commit c1 mine >/dev/null
  minidock rm c1 >/dev/null
  minidock rmi mine >/dev/null
  assert_eq "$(minidock run --rm busybox echo ok)" ok
}

test_bad_input() {
  image busybox
  minidock create --name c1 busybox true >/dev/null
  refused 1 'No such container: nope' minidock commit nope
  refused 1 'RUN is not a valid change command|run is not a valid change command' minidock commit -c 'RUN x' c1
  refused 1 'invalid reference format' minidock commit c1 'Bad Name'
  refused 1 'requires at least 1' minidock commit
  minidock run --name odd busybox touch /.wh.x
  refused 1 '\.wh\.' minidock commit odd
  assert_empty "$(ls "$MINIDOCK_ROOT/tmp")" "tmp"
}

run_tests
