#!/bin/bash
# Roots, volumes and processes that try to reach the host through the runtime. Each is a flaw that a runtime has had;
# what must not be touched is $canary, the host's mounts and the runtime's own programs. Races are run $rounds times.
. "$(dirname "$0")/../support/bundle.sh"

readonly rounds=${MINIDOCK_ROUNDS:-10}
readonly canary=$work/canary
readonly kWith='mounts = config["mounts"]'

# The host as it must stay: taken before, compared after.
host_state() {
  awk '{ print $5, $6 }' /proc/self/mountinfo | sort
  find "$canary" -printf '%p %i %m %U %s\n' | sort
}
make_canary() {
  rm -rf "$canary"
  mkdir -p "$canary/inner"
  echo canary >"$canary/file"
  before=$(host_state)
}
assert_untouched() { assert_eq "$(host_state)" "$before" "the host"; }

# raced A B BUNDLE: runs it $rounds times while the two names are exchanged. A start may be refused, never go wrong.
raced() {
  local swapper started=0 i
  "$support/swap" "$1" "$2" &
  swapper=$!
  for ((i = 0; i < rounds; i++)); do
    try rt run -b "$work/$3" "race$i" </dev/null
    [ "$rc" != 0 ] || started=$((started + 1))
    assert_untouched
    [ -z "${4-}" ] || "$4"
  done
  kill "$swapper"
  wait "$swapper" 2>/dev/null || true
  echo "$started of $rounds started"
}

# A volume of two containers: another one in it changes "d" between a directory and a link to the host.
shared_volume() {
  rm -rf "$work/volume"
  mkdir -p "$work/volume/d" "$work/volume/d/dir"
  ln -s "$canary" "$work/volume/link"
}

test_a_mount_point_swapped_for_a_link() { # runc CVE-2021-30465
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}, {"destination": "/v/d", "type": "tmpfs", "source": "t"}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_missing_mount_point_below_a_swapped_link() { # runc CVE-2024-45310
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}, {"destination": "/v/d/new/deep", "type": "tmpfs", "source": "t"}, {"destination": "/v/d/file", "source": "/etc/hostname", "options": ["bind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_device_below_a_swapped_link() {
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' 'linux.devices = [{"type": "c", "path": "/v/d/node", "major": 1, "minor": 3}]' \
    "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_a_masked_path_swapped_for_a_link() {
  make_canary
  shared_volume
  bundle b 'process.args = ["true"]' 'linux.maskedPaths = ["/v/d"]' 'linux.readonlyPaths = ["/v/d/dir"]' \
    "$kWith"' + [{"destination": "/v", "source": "'"$work/volume"'", "options": ["rbind"]}]'
  raced "$work/volume/d" "$work/volume/link" b
}

test_dev_is_a_link_to_the_host() { # runc CVE-2026-41579, crun CVE-2026-47766
  make_canary
  bundle b 'process.args = ["true"]'
  rm -rf "$work/b/rootfs/dev"
  ln -s "$canary" "$work/b/rootfs/dev"
  refused 1 '/dev must be mounted on ordinary directory' rt run -b "$work/b" box
  assert_untouched
  configure "$work/b" 'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  try rt run -b "$work/b" box
  assert_untouched
}

test_dev_is_swapped_for_a_link() {
  make_canary
  bundle b 'process.args = ["true"]' 'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  ln -s "$canary" "$work/b/rootfs/link"
  raced "$work/b/rootfs/dev" "$work/b/rootfs/link" b
}

test_proc_and_sys_are_links() { # CVE-2019-16884, -19921, CVE-2023-27561
  make_canary
  local name
  for name in proc sys; do
    bundle b 'process.args = ["true"]'
    rm -rf "${work:?}/b/rootfs/$name"
    mkdir "$work/b/rootfs/elsewhere"
    ln -s elsewhere "$work/b/rootfs/$name"
    refused 1 "/$name must be mounted on ordinary directory" rt run -b "$work/b" box
  done
  assert_untouched
}

test_another_null_device_covers_nothing() { # runc CVE-2025-31133
  make_canary
  local none='mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  bundle b 'process.args = ["stat", "-c", "%t:%T", "/proc/keys"]' "$none" 'linux.maskedPaths = ["/proc/keys"]'
  mkdir -p "$work/b/rootfs/dev"
  rm -f "$work/b/rootfs/dev/null"
  ln -s /proc/sysrq-trigger "$work/b/rootfs/dev/null"
  refused 1 'null is there already and is another file' rt run -b "$work/b" box
  rm "$work/b/rootfs/dev/null"
  mknod "$work/b/rootfs/dev/null" c 1 3
  mknod "$work/b/rootfs/dev/other" c 1 5
  assert_is_null() { [ "$rc" != 0 ] || assert_eq "$out" 1:3 "the cover"; }
  raced "$work/b/rootfs/dev/null" "$work/b/rootfs/dev/other" b assert_is_null
}

test_the_console_is_a_terminal_of_our_own() { # runc CVE-2025-52565
  make_canary
  bundle b 'process.args = ["sh", "-c", "stat -c %t: /dev/console; cat /proc/sys/kernel/core_pattern; exit 4"]' 'process.terminal = True'
  mkdir -p "$work/b/rootfs/dev/pts"
  ln -s /proc/sys/kernel/core_pattern "$work/b/rootfs/dev/pts/0"
  ln -s /proc/sys/kernel/core_pattern "$work/b/rootfs/dev/console"
  on_terminal 'expect 88:' "$runtime" --root "$states" run -b "$work/b" box
  assert_rc 4
  configure "$work/b" 'mounts = [m for m in config["mounts"] if m["destination"] != "/dev"]'
  try "$support/terminal" --script 'expect a' -- "$runtime" --root "$states" run -b "$work/b" box
  assert_no_match "$out" '88:'
  assert_untouched
}


test_links_at_every_name_that_is_made() { # crun CVE-2019-18837, CVE-2025-24965
  make_canary
  local name file='"options": ["bind"], "source": "/etc/hostname"'
  bundle b 'process.args = ["true"]' 'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")] + '"[
    {\"destination\": \"/etc/hosts\", $file}, {\"destination\": \"/etc/hostname\", $file},
    {\"destination\": \"/etc/resolv.conf\", $file}, {\"destination\": \"/run/.containerenv\", $file}]" \
    'linux.devices = [{"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229}]'
  mkdir -p "$work/b/rootfs"/{dev,etc,run}
  for name in etc/hosts etc/hostname etc/resolv.conf run/.containerenv dev/{null,zero,full,tty,fuse,fd,stdin,ptmx,console}; do
    ln -sfn "$canary/new-${name##*/}" "$work/b/rootfs/$name"
    try rt run -b "$work/b" box </dev/null
    assert_untouched
  done
}

# A container's process opens whatever the joining one has open.
test_a_joining_process_shows_no_descriptor() { # runc CVE-2016-9962, CVE-2024-21626
  local i
  bundle b 'process.args = ["sh", "-c", "while [ ! -e /stop ]; do ls -l /proc/[0-9]*/fd >>/seen 2>/dev/null; done"]'
  created web b
  rt start web
  wait_until 20 test -s "$work/b/rootfs/seen"
  for ((i = 0; i < rounds; i++)); do rt exec web sleep 0.02 </dev/null >/dev/null 2>&1 7</ || fail "exec failed"; done
  touch "$work/b/rootfs/stop"
  wait_until 20 has_status web stopped
  grep -q -- '-> /dev/null$' "$work/b/rootfs/seen" || fail "the watcher has seen nothing"
  # ls lists by a descriptor of its own.
  assert_empty "$(grep -- '->' "$work/b/rootfs/seen" | sed 's/.* \([0-9]* -> \)/\1/' |
    grep -vE '^[012] -> |/web\.out$|^1 -> /seen$|^[0-9]+ -> /proc/[0-9]+/fd$' | sort -u)"
  assert_empty "$(grep -E -- '-> (/$|socket:|anon_inode:|/memfd:)' "$work/b/rootfs/seen" | sort -u)"
}

# The attacker keeps what /proc/PID/exe leads to, and writes to it as soon as nobody executes it. /prog shows that the
# attack works on a file that nothing protects.
test_the_runtimes_program_cannot_be_written() { # runc CVE-2019-5736
  local i before
  bundle b 'process.args = ["sh", "/attack"]'
  cat >"$work/b/rootfs/attack" <<'END'
while [ ! -e /stop ]; do
  for p in /proc/[0-9]*; do
    [ $p != /proc/1 ] || continue
    (
      exec 9<$p/exe || exit
      for i in 1 2 3 4; do echo written >>/proc/self/fd/9 && readlink /proc/self/fd/9 >>/won && exit; done
    ) 2>/dev/null
  done
done
END
  cp "$work/b/rootfs/bin/busybox" "$work/b/rootfs/prog"
  before=$(sha256sum "$runtime" "$MINIDOCK_BINARY")
  created web b
  rt start web
  for ((i = 0; i < rounds; i++)); do
    rt exec web /proc/self/exe </dev/null >/dev/null 2>&1 || true
    rt exec web true </dev/null
  done
  for ((i = 0; i < 50 * rounds; i++)); do
    [ ! -s "$work/b/rootfs/won" ] || break
    rt exec web /prog sleep 0.02 </dev/null 2>/dev/null || true
  done
  touch "$work/b/rootfs/stop"
  wait_until 20 has_status web stopped
  assert_eq "$(sort -u "$work/b/rootfs/won")" /prog "what was written"
  assert_eq "$(sha256sum "$runtime" "$MINIDOCK_BINARY")" "$before" "the programs"
}

# A procfs of the image's own making takes no setting: what was asked for is set, or nothing starts.
readonly kFake=sys/net/core/somaxconn
fake_procfs() {
  rm -rf "$1"
  mkdir -p "$1/${kFake%/*}" "$1/self/attr"
  echo fake >"$1/$kFake"
}
test_a_volume_in_the_place_of_proc() { # runc CVE-2019-16884, crun CVE-2019-16884
  fake_procfs "$work/fake"
  bundle b 'process.args = ["sleep", "1000"]' 'linux.sysctl = {"net.core.somaxconn": "777"}' 'process.oomScoreAdj = 100' \
    'mounts = [m for m in config["mounts"] if m["destination"] != "/proc"] + [{"destination": "/proc", "source": "'"$work/fake"'", "options": ["bind"]}]'
  running box b
  assert_eq "$(nsenter -t "$(pid_of box)" -n cat "/proc/$kFake")" 777
  assert_eq "$(cat "/proc/$(pid_of box)/oom_score_adj")" 100
  assert_eq "$(cat "$work/fake/$kFake")" fake
  rt delete --force box
  configure "$work/b" "mounts = [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}] + config['mounts']"
  try rt run -d -b "$work/b" box </dev/null
  assert_eq "$(cat "$work/fake/$kFake")" fake
}

test_proc_swapped_for_another() { # runc CVE-2019-19921, CVE-2023-28642, CVE-2025-52881
  make_canary
  bundle b 'process.args = ["true"]' 'linux.sysctl = {"net.core.somaxconn": "777"}' 'process.oomScoreAdj = 100'
  fake_procfs "$work/b/rootfs/fake"
  mkdir -p "$work/b/rootfs/proc"
  ln -s fake "$work/b/rootfs/link"
  is_unwritten() { assert_eq "$(cat "$work/b/rootfs/fake/$kFake")" fake "the image's file"; }
  raced "$work/b/rootfs/proc" "$work/b/rootfs/link" b is_unwritten
}

test_no_descriptor_is_a_working_directory() { # runc CVE-2024-21626
  local n last=$((rounds > 50 ? 64 : 16))
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  bundle c 'process.args = ["true"]' 'process.cwd = "/proc/self/fd/2"'
  for ((n = 3; n <= last; n++)); do
    refused 255 "working directory /proc/self/fd/$n" rt exec --cwd "/proc/self/fd/$n" web true 9</
    sed -i "s:/proc/self/fd/[0-9]*:/proc/self/fd/$n:" "$work/c/config.json"
    refused 1 "working directory /proc/self/fd/$n" rt run -b "$work/c" box 9</
  done
}

# Files with inheritable capabilities would give them to whoever is not root.
test_no_capability_is_inherited() { # runc CVE-2022-29162, crun CVE-2022-27650
  local none='CapInh: 0000000000000000 CapAmb: 0000000000000000'
  sets() { grep -E 'CapInh|CapAmb' | tr -s '\t\n' ' ' | sed 's/ $//'; }
  bundle b 'process.args = ["sleep", "1000"]'
  running web b
  assert_eq "$(sets <"/proc/$(pid_of web)/status")" "$none" "the command's"
  local options
  for options in '' '--user 1000' '--user 1000 --cap CAP_NET_RAW' '--cap CAP_SYS_ADMIN'; do
    # shellcheck disable=SC2086
    assert_eq "$(rt exec $options web cat /proc/self/status | sets)" "$none" "those of exec $options"
  done
}

# A number is that number or refused; nothing is cut, wrapped, or looked up under another name.
test_users_of_exec() { # crun CVE-2026-30892
  bundle b 'process.args = ["sleep", "1000"]' 'root.readonly = False'
  mkdir -p "$work/b/rootfs/etc"
  printf '%s\n' root:x:0:0::/:/bin/sh user:x:1000:100::/:/bin/sh 4294967296:x:0:0::/:/bin/sh -1:x:0:0::/:/bin/sh \
    +1:x:0:0::/:/bin/sh 0x0:x:0:0::/:/bin/sh 1abc:x:0:0::/:/bin/sh >"$work/b/rootfs/etc/passwd"
  printf 'root:x:0:\nusers:x:100:\n' >"$work/b/rootfs/etc/group"
  running web b
  local row
  for row in 0=0:0 1=1:0 1:2=1:2 01=1:0 1000=1000:0 2147483647=2147483647:0 root=0:0 root:1=0:1 user=1000:100 1:users=1:100; do
    try rt exec --user "${row%=*}" web sh -c 'echo $(id -u):$(id -g)'
    assert_eq "$out" "${row#*=}" "the user of ${row%=*}"
  done
  for row in 2147483648 4294967295 4294967296 4294967297 18446744073709551616 99999999999999999999 1:4294967295 1:4294967296 \
    '1 ' ' 1' 1.0 1:2:3 nobody 1:nogroup; do
    refused 255 . rt exec --user "$row" web id
  done
}

# The lengths of what goes to the starter: nothing is cut or taken for what follows it.
test_long_values() { # runc CVE-2021-43784
  bundle b 'process.args = ["sh", "-c", "echo ${#1} ${#2} ${#LONG}", "-", "x" * 65536, "y" * 70000]' \
    'process.env = ["PATH=/bin", "LONG=" + "z" * 65537]'
  try rt run -b "$work/b" box
  assert_eq "$out" '65536 70000 65537'
  bundle b 'process.args = ["true"]' 'linux.namespaces = [{"type": "network", "path": "/" + "n" * 65536}] + [n for n in config["linux"]["namespaces"] if n["type"] != "network"]'
  refused 1 'open network namespace /n' rt run -b "$work/b" box
  bundle b 'process.args = ["true"]' 'linux.namespaces = config["linux"]["namespaces"] + [{"type": "user"}]' \
    'linux.uidMappings = [{"containerID": n, "hostID": 100000 + n, "size": 1} for n in range(5000)]' \
    'linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}]'
  refused 1 'uid_map' rt run -b "$work/b" box
}

# The container's own cgroup may be its user's on the host; through the host's hierarchy it stays read-only.
test_no_cgroup_can_be_written_without_a_namespace_of_it() { # runc CVE-2023-25809
  requires mount-api
  bundle b
  rm "$work/b/config.json"
  rt spec --rootless -b "$work/b"
  configure "$work/b" 'process.args = ["sh", "-c", "cd /sys/fs/cgroup; for f in cgroup.procs */cgroup.procs; do : >>$f && echo $f is written; done"]' \
    'process.terminal = False' 'linux.cgroupsPath = "/own"' \
    'linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}]' \
    'linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 1}]'
  chmod 755 "$work" "$work/b"
  chown -R 100000:100000 "$work/b/rootfs"
  created web b
  find /sys/fs/cgroup -path '*/own*' -exec chown 100000:100000 {} + 2>/dev/null || true
  rt start web
  wait_until 10 has_status web stopped
  assert_match "$(cat "$work/web.out")" 'cgroup.procs: Read-only file system'
  assert_no_match "$(cat "$work/web.out")" 'is written'
}

run_tests
