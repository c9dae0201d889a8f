#!/bin/bash
# The mounts, devices and paths of a bundle as its process sees them.
. "$(dirname "$0")/../support/bundle.sh"

# in_bundle SCRIPT CHANGE...: what SCRIPT prints in a container of the changed bundle.
in_bundle() {
  local script=$1
  shift
  bundle b "$@"
  SCRIPT=$script configure "$work/b" 'process.args = ["sh", "-c", __import__("os").environ["SCRIPT"]]'
  try rt run -b "$work/b" box </dev/null
}
# with MOUNT...: Python's words for the bundle's mounts and these.
with() { echo "mounts = config[\"mounts\"] + [$*]"; }
# The mount options and the optional fields (propagation) of PATH in mountinfo(5).
readonly kOptions='options() { awk -v at="$1" "\$5 == at { print \$6; for (i = 7; \$i != \"-\"; i++) print \$i }" /proc/self/mountinfo | tr "\n" " "; }'

host_tree() {
  mkdir -p "$work/src/sub"
  echo data >"$work/src/file"
  mount -t tmpfs sub "$work/src/sub"
}
test_a_bind_and_what_is_mounted_below_it() {
  host_tree
  in_bundle "$kOptions; options /one; echo; options /all; echo; options /all/sub" "$(with \
    '{"destination": "/one", "source": "'"$work/src"'", "options": ["bind", "ro", "nosuid"]},' \
    '{"destination": "/all", "source": "'"$work/src"'", "options": ["rbind", "rro", "rnoexec", "rprivate"]}')"
  umount "$work/src/sub"
  assert_rc 0
  assert_match "$out" $'^ro,nosuid[^\n]*\nro,noexec[^\n]*\nro,noexec'
}

test_recursive_options_are_taken_back() {
  host_tree
  mount -o remount,ro,nosuid "$work/src/sub"
  in_bundle "$kOptions; options /all/sub; touch /all/sub/x" "$(with \
    '{"destination": "/all", "source": "'"$work/src"'", "options": ["rbind", "rrw", "rsuid"]}')"
  umount "$work/src/sub"
  # The file system itself is still read-only; the mount is not.
  assert_match "$out" '^rw,relatime'
}

test_files_and_directories_are_made_where_they_are_missing() {
  mkdir -p "$work/src"
  echo data >"$work/src/file"
  in_bundle 'cat /new/deep/file /new/dir/file' "$(with \
    '{"destination": "/new/deep/file", "source": "'"$work/src/file"'", "options": ["bind"]},' \
    '{"destination": "new/dir", "type": "bind", "source": "'"$work/src"'"}')"
  assert_rc 0
  assert_eq "$out" $'data\ndata'
  assert_match "$err" 'new/dir is not absolute'
}

test_a_source_may_be_relative_to_the_bundle() {
  bundle b 'process.args = ["cat", "/data/file"]' "$(with '{"destination": "/data", "source": "files", "options": ["bind"]}')"
  mkdir "$work/b/files"
  echo data >"$work/b/files/file"
  try rt run -b "$work/b" box
  assert_rc 0
  assert_eq "$out" data
}

test_a_destination_through_a_link_stays_in_the_root() {
  mkdir -p "$work/src"
  echo data >"$work/src/file"
  bundle b 'process.args = ["cat", "/real/deep/file"]' "$(with \
    '{"destination": "/link/deep", "source": "'"$work/src"'", "options": ["bind"]}')"
  mkdir -p "$work/b/rootfs/real"
  ln -s "/../../real" "$work/b/rootfs/link"
  try rt run -b "$work/b" box
  assert_rc 0
  assert_eq "$out" data
}

test_a_bind_of_what_earlier_mounts_made() {
  mkdir -p "$work/a/b" "$work/c"
  echo c >"$work/c/file"
  ln -sfn c "$work/link"
  local root=$work/b/rootfs
  in_bundle 'cat /copy/b/file; ls /inside' "$(with \
    '{"destination": "/data", "source": "'"$work/a"'", "options": ["bind"]},' \
    '{"destination": "/data/b", "source": "'"$work/link"'", "options": ["bind"]},' \
    '{"destination": "'"$root"'/copy", "source": "'"$root/data"'", "options": ["rbind"]},' \
    '{"destination": "/etc", "type": "tmpfs", "source": "t"},' \
    '{"destination": "/inside", "source": "'"$root"'/data/../etc", "options": ["bind"]}')"
  assert_rc 0
  assert_eq "$out" c
  assert_match "$err" 'copy is the root.s path on the host; taken as /copy'
}

test_a_link_in_a_source_within_the_root_is_the_containers() {
  mkdir -p "$work/data"
  ln -sfn /etc "$work/data/link"
  in_bundle 'ls /copy; cat /copy/hostname' "$(with \
    '{"destination": "/data", "source": "'"$work/data"'", "options": ["bind"]},' \
    '{"destination": "/etc", "type": "tmpfs", "source": "t"},' \
    '{"destination": "/copy", "source": "'"$work/b/rootfs/data/link"'", "options": ["bind"]}')"
  assert_empty "$out"
  assert_match "$err" "can't open '/copy/hostname'"
}

test_a_destination_through_links_to_nothing() {
  echo data >"$work/file"
  bundle b 'process.args = ["cat", "/tmp/deep/file", "/made/file"]' "$(with \
    '{"destination": "/first/file", "source": "'"$work/file"'", "options": ["bind"]},' \
    '{"destination": "/second", "source": "'"$work/file"'", "options": ["bind"]}')"
  ln -s tmp/deep "$work/b/rootfs/first"
  ln -s /../../made/file "$work/b/rootfs/second"
  try rt run -b "$work/b" box
  assert_rc 0
  assert_eq "$out" $'data\ndata'
  ln -sfn loop/x "$work/b/rootfs/loop"
  ln -sfn /loop/y "$work/b/rootfs/second"
  refused 1 'on /second: Too many levels' rt run -b "$work/b" box
}

# As by mount(2): what is not named is cleared, the atime mode excepted.
test_options_of_a_bind_that_has_some() {
  mkdir -p "$work/src"
  mount -t tmpfs src "$work/src"
  mount -o remount,bind,ro,nosuid,noexec,noatime "$work/src"
  local bind='"type": "bind", "source": "'"$work/src"'", "options": ["bind"'
  in_bundle "$kOptions"'; for d in /same /dev1 /time; do options $d; echo; done' "$(with \
    "{\"destination\": \"/same\", $bind]}, {\"destination\": \"/dev1\", $bind, \"nodev\"]}," \
    "{\"destination\": \"/time\", $bind, \"ro\", \"relatime\"]}")"
  umount "$work/src"
  assert_match "$out" $'^ro,nosuid,noexec,noatime [^\n]*\nrw,nodev,noatime [^\n]*\nro,relatime '
}

test_in_a_user_namespace_the_hosts_restrictions_stay() {
  requires mount-api
  mkdir -p "$work/src"
  mount -t tmpfs src "$work/src"
  mount -o remount,bind,ro,nosuid "$work/src"
  mapped_bundle 'process.args = ["sh", "-c", "grep /data /proc/self/mounts"]' \
    "$(with '{"destination": "/data", "source": "'"$work/src"'", "options": ["bind", "noexec"]}')"
  try rt run -b "$work/b" box </dev/null
  assert_match "$out" '/data tmpfs ro,nosuid,noexec'
  configure "$work/b" 'mounts = config["mounts"][:-1] + [dict(config["mounts"][-1], options=["bind", "rw"])]'
  refused 1 'set the options of /data: operation not permitted' rt run -b "$work/b" box </dev/null
  umount "$work/src"
}

test_a_tmpfs_takes_the_mode_of_its_directory() {
  bundle b 'process.args = ["stat", "-c", "%a", "/have", "/new", "/say"]' "$(with \
    '{"destination": "/have", "type": "tmpfs", "source": "t"}, {"destination": "/new", "type": "tmpfs", "source": "t"},' \
    '{"destination": "/say", "type": "tmpfs", "source": "t", "options": ["mode=1500"]}')"
  mkdir -m 0710 "$work/b/rootfs/have" "$work/b/rootfs/say"
  try rt run -b "$work/b" box
  assert_eq "$out" $'710\n1777\n1500'
}

# A bind whose own mounts are to reach the host needs a shared root.
test_propagation() {
  mkdir -p "$work/share" "$work/take" "$work/keep"
  local at
  for at in share take keep; do mount -t tmpfs "$at" "$work/$at" && mount --make-shared "$work/$at"; done
  mkdir "$work/share/in" "$work/take/in" "$work/keep/in"
  bundle b 'process.args = ["sh", "-c", "mount -t tmpfs x /share/in && touch /share/in/x; while [ ! -e /tmp/go ]; do sleep 0.05; done; ls /take/in /keep/in"]' \
    'process.capabilities.bounding = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]' \
    'process.capabilities.effective = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]' \
    'process.capabilities.permitted = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE"]' 'linux.rootfsPropagation = "shared"' \
    "$(with \
      '{"destination": "/share", "source": "'"$work/share"'", "options": ["rbind", "rshared"]},' \
      '{"destination": "/take", "source": "'"$work/take"'", "options": ["rbind", "rslave"]},' \
      '{"destination": "/keep", "source": "'"$work/keep"'", "options": ["rbind", "rprivate"]}')"
  mkdir -p "$work/b/rootfs/tmp"
  running box b
  wait_until 5 test -e "$work/share/in/x"
  mount -t tmpfs y "$work/take/in" && touch "$work/take/in/seen"
  mount -t tmpfs y "$work/keep/in" && touch "$work/keep/in/seen"
  touch "$work/b/rootfs/tmp/go"
  wait_until 5 has_status box stopped
  umount -R "$work/share" "$work/take" "$work/keep"
  assert_match "$(cat "$work/box.out")" $'/keep/in:\n+/take/in:\nseen|/take/in:\nseen\n+/keep/in:$|/take/in:\nseen'
  assert_no_match "$(cat "$work/box.out")" $'/keep/in:\nseen'
}

test_propagation_of_the_root() {
  local word
  for word in shared rshared; do
    in_bundle "$kOptions; options /" "linux.rootfsPropagation = '$word'"
    assert_match "$out" 'shared:'
  done
  for word in private rprivate; do
    in_bundle "$kOptions; options /" "linux.rootfsPropagation = '$word'"
    assert_no_match "$out" 'shared:|master:'
  done
  in_bundle "$kOptions; options /" "linux.rootfsPropagation = 'unbindable'"
  assert_match "$out" 'unbindable'
}

test_a_tmpfs_that_copies_up() {
  in_bundle "$kOptions; options /etc; echo; cat /etc/passwd; touch /etc/x" "$(with \
    '{"destination": "/etc", "type": "tmpfs", "source": "tmpfs", "options": ["ro", "tmpcopyup", "size=1m"]}')"
  assert_match "$out" '^ro'
  assert_match "$out" 'root:'
  assert_match "$err" 'Read-only'
}

test_file_systems_and_their_options() {
  in_bundle 'cat /proc/self/mountinfo; stat -c "%a %u %g" /t' "$(with \
    '{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["size=64k", "mode=711", "uid=3", "gid=4", "noatime", "sync"]},' \
    '{"destination": "/p", "type": "proc", "source": "proc", "options": ["hidepid=2"]},' \
    '{"destination": "/dev/mqueue2", "type": "mqueue", "source": "mqueue"}')"
  assert_rc 0
  assert_match "$out" '/t rw,noatime[^-]*- tmpfs t rw,sync,size=64k,mode=711,uid=3,gid=4'
  assert_match "$out" '/p rw[^-]*- proc proc rw,hidepid=(2|invisible)'
  assert_match "$out" $'\n711 3 4'
  in_bundle true "$(with '{"destination": "/t", "type": "tmpfs", "source": "t", "options": ["moon=1"]}')"
  assert_rc 1
  assert_match "$err" 'make a tmpfs for /t.*(moon|Invalid argument)'
  in_bundle true "$(with '{"destination": "/t", "type": "moonfs", "source": "t"}')"
  assert_rc 1
  assert_match "$err" 'moonfs for /t'
}

# A file system whose options are longer than fsconfig(2) takes.
test_an_overlay_with_long_paths() {
  local long
  long=$work/$(printf 'l%.0s' {1..200})
  mkdir -p "$long/a" "$long/b"
  echo a >"$long/a/file"
  echo b >"$long/b/other"
  in_bundle 'cat /o/file /o/other' "$(with \
    '{"destination": "/o", "type": "overlay", "source": "overlay", "options": ["lowerdir='"$long/a:$long/b"'"]}')"
  assert_rc 0
  assert_eq "$out" $'a\nb'
}

test_devices() {
  in_bundle 'for d in /dev/null /dev/tty /dev/x/y /made/disk /made/pipe; do stat -c "%n %F %t:%T %a %u:%g" $d; done; ls -l /dev/ptmx' \
    'linux.devices = [{"type": "c", "path": "/dev/x/y", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7, "gid": 8}, {"type": "b", "path": "/made/disk", "major": 7, "minor": 0, "fileMode": 0o600}, {"type": "p", "path": "/made/pipe", "fileMode": 0o622}]'
  assert_rc 0
  assert_contains "$out" '/dev/null character special file 1:3 666 0:0'
  assert_contains "$out" '/dev/x/y character special file 1:5 640 7:8'
  assert_contains "$out" '/made/disk block special file 7:0 600 0:0'
  assert_contains "$out" '/made/pipe fifo 0:0 622 0:0'
  assert_contains "$out" '-> pts/ptmx'
}

test_without_a_mount_on_dev() {
  bundle b 'process.args = ["sh", "-c", "stat -c %t:%T /dev/null /dev/zero; readlink /dev/fd; readlink /dev/ptmx"]' \
    'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]'
  rm -rf "$work/b/rootfs/dev"
  mkdir "$work/b/rootfs/dev"
  mknod -m 600 "$work/b/rootfs/dev/null" c 1 3
  try rt run -b "$work/b" box </dev/null
  assert_eq "$out" $'1:3\n1:5\n/proc/self/fd\npts/ptmx'
  assert_eq "$(stat -c %a "$work/b/rootfs/dev/null")" 666
  rm "$work/b/rootfs/dev/null"
  mknod "$work/b/rootfs/dev/null" c 1 5
  refused 1 'null is there already and is another file' rt run -b "$work/b" box
}

test_the_hosts_dev() {
  in_bundle 'ls /dev/null /dev/loop-control; ls -l /dev/fd' \
    'mounts = [m for m in config["mounts"] if not m["destination"].startswith("/dev")] + [{"destination": "/dev", "source": "/dev", "options": ["rbind", "rprivate"]}]'
  assert_rc 0
  assert_contains "$out" /dev/null
}

test_a_read_only_dev_with_a_terminal() {
  bundle b 'process.args = ["sh", "-c", "touch /dev/x; stat -c %t /dev/console; ls /dev/pts; exit 3"]' 'process.terminal = True' \
    'mounts = [dict(m, options=m["options"] + ["ro"]) if m["destination"] == "/dev" else m for m in config["mounts"]]'
  on_terminal 'expect ptmx' "$runtime" --root "$states" run -b "$work/b" box
  assert_rc 3
  assert_match "$out" 'Read-only file system'
  assert_match "$out" '88'
}

test_masked_and_read_only_paths() {
  in_bundle 'stat -c %t:%T /proc/keys; ls /masked; touch /masked/x; touch /kept/x /kept/in/x; stat -c %F /etc/passwd' \
    'linux.maskedPaths = ["/proc/keys", "/masked", "/proc/acpi", "/not/there", "/etc/passwd"]' \
    'linux.readonlyPaths = ["/kept", "/proc/sys", "/not/there"]' "$(with \
    '{"destination": "/masked", "type": "tmpfs", "source": "t"}, {"destination": "/kept", "type": "tmpfs", "source": "t"},' \
    '{"destination": "/kept/in", "type": "tmpfs", "source": "t"}')"
  assert_match "$out" '^1:3'
  assert_match "$out" 'character special file$'
  assert_match "$err" $'/masked/x: Read-only.*\n.*/kept/x: Read-only.*\n.*/kept/in/x: Read-only'
}

test_a_read_only_root_leaves_mounts_writable() {
  in_bundle 'touch /x; touch /data/x && echo written' 'root.readonly = True' "$(with \
    '{"destination": "/data", "type": "tmpfs", "source": "t"}')"
  assert_match "$err" '/x: Read-only'
  assert_eq "$out" written
}

test_cgroups_with_and_without_their_namespace() {
  requires cgroup1 cgroup-memory
  local mount='{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid"]}'
  in_bundle 'cat /proc/self/cgroup | grep memory; ls /sys/fs/cgroup/memory/tasks; grep -c . /sys/fs/cgroup/memory/tasks; mkdir /sys/fs/cgroup/memory/x' \
    "mounts = [m for m in config['mounts'] if m['type'] != 'cgroup'] + [$mount]" \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"] + [{"type": "cgroup"}]'
  assert_match "$out" 'memory:/'$'\n'
  assert_match "$err" 'Read-only'
  in_bundle 'grep memory: /proc/self/cgroup; cat /sys/fs/cgroup/memory/tasks | wc -l; mkdir /sys/fs/cgroup/memory/x' \
    "mounts = [m for m in config['mounts'] if m['type'] != 'cgroup'] + [$mount]" 'linux.cgroupsPath = "/minidock-own"' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]'
  assert_match "$out" 'memory:/minidock-own'
  assert_match "$out" $'\n[1-4]$'
  assert_match "$err" 'Read-only'
}

test_in_a_user_namespace_the_own_cgroup_is_readable() {
  requires cgroup1 cgroup-memory
  mapped_bundle 'process.args = ["cat", "/sys/fs/cgroup/memory/tasks"]' 'linux.cgroupsPath = "/minidock-own"' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]' \
    'mounts = [m for m in config["mounts"] if m["type"] != "cgroup"] + [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]'
  try rt run -b "$work/b" box </dev/null
  assert_rc 0
  assert_match "$out" '^[0-9]+$'
}

# Without a namespace of its own the mount of v2 shows the whole hierarchy, read-only.
test_the_unified_cgroup_with_and_without_its_namespace() {
  requires cgroup2 cgroup-memory
  local mount='{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid"]}'
  in_bundle 'cat /proc/self/cgroup; cat /sys/fs/cgroup/memory.max; mkdir /sys/fs/cgroup/x' \
    "mounts = [m for m in config['mounts'] if m['type'] != 'cgroup'] + [$mount]" \
    'linux.resources.memory = {"limit": 64 << 20}' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"] + [{"type": "cgroup"}]'
  assert_eq "$out" $'0::/\n67108864'
  assert_match "$err" 'Read-only'
  in_bundle 'cat /proc/self/cgroup; ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/x' \
    "mounts = [m for m in config['mounts'] if m['type'] != 'cgroup'] + [$mount]" 'linux.cgroupsPath = "/minidock-own"' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "cgroup"]'
  assert_match "$out" '^0::/minidock-own'
  assert_contains "$out" cgroup.procs
  assert_match "$err" 'Read-only'
}

readonly kMapped='linux.namespaces = config["linux"]["namespaces"] + [{"type": "user"}]'
readonly kMaps='linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 5}]'
mapped_bundle() {
  requires mount-api
  bundle b "$kMapped" "$kMaps" 'linux.gidMappings = [{"containerID": 0, "hostID": 100000, "size": 5}]' "$@"
  chown -R 100000:100000 "$work/b/rootfs"
}

test_in_a_user_namespace() {
  mkdir -p "$work/private/src"
  chmod 700 "$work/private"
  echo data >"$work/private/src/file"
  mapped_bundle 'process.args = ["sh", "-c", "id -u; cat /data/file; stat -c %t:%T /dev/null /dev/tty; echo x >/dev/null && echo null; stat -c %t:%T /proc/keys; cat /proc/self/uid_map"]' \
    "$(with '{"destination": "/data", "source": "'"$work/private/src"'", "options": ["bind", "ro"]}')"
  try rt run -b "$work/b" box </dev/null
  assert_rc 0
  assert_match "$out" $'^0\ndata\n1:3\n5:0\nnull\n1:3\n +0 +100000 +5$'
}

test_in_a_user_namespace_with_the_hosts_network() {
  mapped_bundle 'process.args = ["sh", "-c", "ls /sys/class/net; touch /sys/x"]' \
    'linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "network"]'
  try rt run -b "$work/b" box </dev/null
  assert_match "$out" lo
  assert_match "$err" 'Read-only|Permission denied'
}

test_idmapped_mounts() {
  requires mount-api
  mkdir -p "$work/src"
  touch "$work/src/file"
  chown 1000:2000 "$work/src/file"
  in_bundle 'stat -c %u:%g /data/file' "$(with \
    '{"destination": "/data", "source": "'"$work/src"'", "options": ["bind"], "uidMappings": [{"containerID": 1000, "hostID": 7, "size": 1}], "gidMappings": [{"containerID": 2000, "hostID": 8, "size": 1}]}')"
  if [[ $err =~ cannot.be.idmapped|no.idmapped.mounts ]]; then
    echo "skipped: no idmapped mounts of $(stat -fc %T "$work") here" >&2
    exit $kSkip
  fi
  assert_rc 0
  assert_eq "$out" 7:8
}

readonly kSharedMounts='linux.namespaces = [n for n in config["linux"]["namespaces"] if n["type"] != "mount"]'
mount_points() { cut -d' ' -f 3-5,7 /proc/self/mountinfo; }
test_without_a_mount_namespace() {
  requires mount-api
  mkdir -p "$work/src"
  mount -t tmpfs shared "$work/src" && mount --make-shared "$work/src"
  mkdir "$work/src/in"
  bundle b "$kSharedMounts" 'process.args = ["sleep", "100"]' 'root.readonly = True' "$(with \
    '{"destination": "/data", "source": "'"$work/src"'", "options": ["rbind"]},' \
    '{"destination": "/data/in", "type": "tmpfs", "source": "t"}')"
  mkdir "$work/b/rootfs/data"
  local before
  before=$(mount_points)
  running box b
  try rt exec box sh -c 'touch /data/in/x; ls /data/in; ls -d /etc/os-release; touch /proc/sys/kernel/x; echo $(cat /proc/keys)end'
  assert_match "$out" $'^x\n.*end$'
  assert_match "$err" 'os-release: No such'
  assert_eq "$(readlink "/proc/$(pid_of box)/ns/mnt")" "$(readlink /proc/self/ns/mnt)"
  assert_eq "$(mount_points | grep -c "$work/src/in ")" 0
  rt delete --force box
  assert_eq "$(mount_points)" "$before"
  umount "$work/src"
}

test_without_a_mount_namespace_a_failed_create_leaves_no_mount() {
  requires mount-api
  bundle b "$kSharedMounts" "$(with '{"destination": "/t", "type": "moonfs", "source": "t"}')"
  local before
  before=$(mount_points)
  refused 1 'moonfs for /t' rt run -b "$work/b" box
  assert_eq "$(mount_points)" "$before"
  bundle b "$kSharedMounts" "$(with '{"destination": "/t", "source": "/tmp", "options": ["rbind", "rshared"]}')"
  refused 1 'shared propagation needs a mount namespace' rt run -b "$work/b" box
  bundle b "$kSharedMounts" 'linux.rootfsPropagation = "shared"'
  refused 1 'rootfsPropagation: needs a mount namespace' rt run -b "$work/b" box
  # What others mounted there is theirs.
  bundle b "$kSharedMounts" 'process.args = ["true"]'
  mount --bind "$work/b/rootfs" "$work/b/rootfs"
  before=$(mount_points)
  rt run -b "$work/b" box
  assert_eq "$(mount_points)" "$before"
  umount "$work/b/rootfs"
}

test_no_pivot() {
  bundle b 'process.args = ["sh", "-c", "cut -d\" \" -f5 /proc/self/mountinfo; ls -d /proc/1 /bin"]'
  try rt run --no-pivot -b "$work/b" box </dev/null
  assert_rc 0
  assert_no_match "$out" "$work"
  assert_match "$out" $'\n/bin\n'
  # A second procfs or sysfs, without masks, would be in reach of who leaves the chroot.
  assert_eq "$(grep -cx /proc <<<"$out")" 1
  assert_eq "$(grep -cx /sys <<<"$out")" 1
}

run_tests
