# container clone: as another was made, with files of its own.
. "$(dirname "$0")/../support/e2e.sh"

config() { minidock inspect -f "{{.$2}}" "$1"; }

test_clone() {
  image busybox
  minidock run --name web -e A=1 -l l=v -m 64m -v shared:/s -v /own busybox sh -c 'echo new >/file; echo kept >/s/f'
  try minidock container clone web
  assert_rc 0
  assert_eq "$out" "$(config web-clone Id)"
  assert_eq "$(config web-clone Config.Env)" "$(config web Config.Env)"
  assert_eq "$(config web-clone Config.Labels)" "$(config web Config.Labels)"
  assert_eq "$(config web-clone HostConfig.Memory)" $((64 << 20))
  assert_eq "$(config web-clone Image) $(config web-clone Config.Image)" "$(config web Image) $(config web Config.Image)"
  assert_empty "$(minidock diff web-clone)" "files are not copied"
  assert_eq "$(minidock volume ls -q | wc -l)" 3 "shared once, an anonymous one each"
  minidock container clone web >/dev/null
  minidock container clone web third >/dev/null
  minidock container clone --name fourth web >/dev/null
  assert_eq "$(minidock ps -a --format '{{.Names}}' | sort | xargs)" "fourth third web web-clone web-clone1"
}

# The name may have gone to another image since.
test_clone_has_the_same_image() {
  image busybox
  minidock create --name old busybox true >/dev/null
  minidock commit -c 'LABEL x=y' old busybox >/dev/null
  minidock container clone old >/dev/null
  assert_eq "$(config old-clone Image)" "$(config old Image)"
  minidock container clone old new busybox >/dev/null
  assert_ne "$(config new Image)" "$(config old Image)"
}

test_clone_with_other_limits_runs() {
  image busybox
  minidock create --name web --pids-limit 10 busybox sleep 1000 >/dev/null
  minidock container clone --run -m 80m --memory-swap 80m --pids-limit 20 web two >/dev/null
  is_running two
  assert_eq "$(config two HostConfig.Memory) $(config two HostConfig.PidsLimit)" "$((80 << 20)) 20"
  assert_eq "$(config web HostConfig.PidsLimit)" 10
}

test_clone_destroys() {
  image busybox
  minidock run -d --name web busybox sleep 1000 >/dev/null
  refused 125 'container is running: stop it, or use -f' minidock container clone --destroy web
  assert_eq "$(minidock ps -aq | wc -l)" 1 "nothing was made"
  minidock container clone --destroy -f web two >/dev/null
  assert_eq "$(minidock ps -a --format '{{.Names}}')" two
}

test_clone_refusals() {
  image busybox
  minidock create --name web busybox true >/dev/null
  refused 125 'No such container: nope' minidock container clone nope
  refused 125 'name "/web" is already in use' minidock container clone web web
  refused 125 'No such image: nope' minidock container clone web two nope
  refused 125 'cannot set --force without --destroy' minidock container clone -f web
  refused 125 'a name twice' minidock container clone --name a1 web b1
  assert_eq "$(minidock ps -aq | wc -l)" 1
}

run_tests
