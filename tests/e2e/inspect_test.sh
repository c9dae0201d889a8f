# inspect: docker's keys for containers and images, templates, and what is not there.
. "$(dirname "$0")/../support/e2e.sh"

test_a_container() {
  image busybox
  minidock run -d --name web -m 64m -e A=1 -l k=v -v /data busybox sleep 60 >/dev/null
  assert_eq "$(minidock inspect -f '{{.Name}} {{.State.Status}} {{.State.Running}}' web)" "/web running true"
  assert_eq "$(minidock inspect -f '{{.HostConfig.Memory}}' web)" 67108864
  assert_eq "$(minidock inspect -f '{{index .Config.Labels "k"}} {{.Config.Cmd}}' web)" "v [sleep 60]"
  assert_eq "$(minidock inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}}{{end}}' web)" "volume /data"
  assert_eq "$(minidock inspect -f '{{json .NetworkSettings.Ports}}' web)" "{}"
  kill -0 "$(minidock inspect -f '{{.State.Pid}}' web)"
  local keys
  keys=$(minidock inspect web | python3 -c 'import json, sys; print(*json.load(sys.stdin)[0])')
  assert_eq "$keys" "Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings"
}

test_the_cgroup_of_a_running_container() {
  requires cgroup-pids
  image busybox
  minidock run -d --name limited --pids-limit 10 busybox sleep 60 >/dev/null
  local directory
  directory=$(minidock inspect -f '{{with .State.Cgroups}}{{if .pids}}{{.pids}}{{end}}{{end}}' limited 2>/dev/null ||
    minidock inspect -f '{{.State.Cgroups.unified}}' limited)
  assert_eq "$(cat "$directory/pids.max")" 10
}

test_an_image() {
  image busybox
  assert_match "$(minidock image inspect -f '{{.Id}}' busybox)" '^sha256:[0-9a-f]{64}$'
  assert_eq "$(minidock inspect --type image -f '{{.RepoTags}} {{.Os}}' busybox)" "[busybox:latest] linux"
  assert_eq "$(minidock inspect -f '{{len .RootFS.Layers}}' busybox)" 1
}

test_what_is_missing() {
  try minidock inspect nope
  assert_rc 1
  assert_eq "$out" "[]"
  assert_eq "$err" "Error: No such object: nope"
  image busybox
  try minidock inspect -f '{{.Nope}}' busybox
  assert_rc 1
  assert_match "$err" 'template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"'
  refused 1 'No such container: busybox' minidock container inspect -f '{{.Id}}' busybox
}

test_sizes() {
  image busybox
  minidock run --name writer busybox sh -c 'head -c 1000000 /dev/zero >/big' >/dev/null
  assert_eq "$(minidock inspect -s -f '{{.SizeRw}}' writer)" 1000000
}

run_tests
