#!/bin/bash
# Every field of a config.json arrives where it should: the probe in the container prints what it sees, and
# support/spec_check compares that with the file. MINIDOCK_TEST_RUNTIME=runc runs the same bundles under a peer, to
# prove the test right; what a peer is known not to do is skipped there, with the reason.
. "$(dirname "$0")/../support/peers.sh"
requires image-probe image-busybox python3 jq

root=$work/state
rt() { "$runtime" --root "$root" "$@"; }
no_peer() {
  [ -z "${MINIDOCK_TEST_RUNTIME:-}" ] || { echo "skipped: the peer cannot: $1" >&2; exit $kSkip; }
}
remove_containers() {
  local id
  for id in $(rt list -q 2>/dev/null); do rt delete --force "$id"; done
}
after_tests() {
  [ -z "$(ls -A "$root" 2>/dev/null)" ] || { echo "FAILED  left in the state directory: $(ls -A "$root")"; failed=$((failed + 1)); }
}

# bundle FILTER: a bundle in $bundle whose config.json is the base, changed by a jq program. Busybox and the probe are in
# its root file system. The probe is told the paths to look at.
bundle() {
  bundle=$(mktemp -d "$work/bundle.XXXXXX")
  chmod 755 "$work" "$bundle" # processes of a user namespace walk through it
  mkdir "$bundle/rootfs"
  tar -xf "$(fixture busybox)" -C "$bundle/rootfs" && tar -xf "$(fixture probe)" -C "$bundle/rootfs"
  jq "$1" >"$bundle/config.json" <<'END'
{
  "ociVersion": "1.0.2",
  "process": {
    "user": {"uid": 0, "gid": 0}, "args": ["/probe"], "env": ["PATH=/bin", "HOME=/", "EMPTY=", "WORD=two words"], "cwd": "/",
    "capabilities": {"bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN", "CAP_KILL"],
      "permitted": ["CAP_CHOWN", "CAP_KILL"]}
  },
  "root": {"path": "rootfs"},
  "hostname": "probe",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
     "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=64k"]},
    {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]}
  ],
  "annotations": {"org.example.note": "kept as it is"},
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
    "resources": {"devices": [{"allow": false, "access": "rwm"}]}
  }
}
END
  local paths
  mapfile -t paths < <("$support/spec_check" paths "$bundle/config.json")
  [ -z "${paths[*]}" ] || words "/probe" look "${paths[@]}"
}
words() {
  jq --argjson words "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '.process.args = $words' "$bundle/config.json" >"$bundle/new"
  mv "$bundle/new" "$bundle/config.json"
}

# agrees: the bundle's container is created, started and deleted, and what it was asked for is what it got.
agrees() {
  rc=0
  rt create --bundle "$bundle" --pid-file "$bundle/pid" spec </dev/null >"$bundle/out" 2>"$bundle/err" || rc=$?
  [ $rc = 0 ] || fail "create: $(cat "$bundle/err")"
  rt state spec >"$bundle/state"
  assert_eq "$(jq .pid "$bundle/state")" "$(cat "$bundle/pid")"
  assert_eq "$("$support/spec_check" outside "$bundle/config.json" "$bundle/state" 2>&1)" ""
  try rt start spec
  assert_rc 0
  wait_until 10 is_stopped spec
  assert_eq "$("$support/spec_check" inside "$bundle/config.json" "$bundle/out" 2>&1)" ""
  try rt delete spec
  assert_rc 0
}
is_stopped() { [ "$(rt state "$1" | jq -r .status)" = stopped ]; }

# said BUNDLE'S COMMAND...: what a shell in the bundle's container prints.
said() {
  words "$@"
  try rt run --bundle "$bundle" said </dev/null
}

test_base() {
  bundle .
  agrees
}

test_user() {
  bundle '.process.user = {uid: 1000, gid: 2000, umask: 63, additionalGids: [5, 4711]} | .process.cwd = "/tmp"
    | .process.capabilities = {bounding: ["CAP_CHOWN"], effective: [], permitted: []}'
  agrees
}

# kernel: execve(2) gives a process that is not root what is ambient, and nothing else.
test_capabilities() {
  bundle '.process.user = {uid: 1000, gid: 1000} | .process.capabilities = {
      bounding: ["CAP_CHOWN", "CAP_NET_RAW", "CAP_SYS_ADMIN"], permitted: ["CAP_NET_RAW"],
      effective: ["CAP_NET_RAW"], inheritable: ["CAP_NET_RAW"], ambient: ["CAP_NET_RAW"]} | .process.noNewPrivileges = true'
  agrees
}

test_no_capabilities() {
  bundle '.process.capabilities = {bounding: [], effective: [], permitted: [], inheritable: [], ambient: []}'
  agrees
}

test_limits_of_the_process() {
  bundle '.process.rlimits = [
      {type: "RLIMIT_NOFILE", soft: 123, hard: 456}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
      {type: "RLIMIT_NPROC", soft: 100, hard: 200}, {type: "RLIMIT_STACK", soft: 1048576, hard: 2097152},
      {type: "RLIMIT_MEMLOCK", soft: 4096, hard: 8192}, {type: "RLIMIT_CPU", soft: 60, hard: 70}]
    | .process.oomScoreAdj = 321'
  agrees
}

test_scheduling() {
  no_peer "runc 1.1 knows no scheduler and ioPriority"
  bundle '.process.scheduler = {policy: "SCHED_BATCH", nice: 7} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
  agrees
  bundle '.process.scheduler = {policy: "SCHED_IDLE", flags: ["SCHED_FLAG_RESET_ON_FORK"]}
    | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
  agrees
}

test_personality() {
  no_peer "runc 1.1 knows no personality"
  bundle '.linux.personality = {domain: "LINUX32"}'
  agrees
}

test_names() {
  no_peer "runc 1.1 knows no domainname"
  bundle '.hostname = "a-name" | .domainname = "example.org"'
  agrees
}

test_read_only_root() {
  bundle '.root.readonly = true'
  agrees
}

test_masks() {
  bundle '.linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/no/such/path", "/etc/passwd"]
    | .linux.readonlyPaths = ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger", "/etc", "/no/such/path"]'
  agrees
}

test_sysctl() {
  bundle '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096", "net.ipv4.ip_local_port_range": "2000 3000"}'
  agrees
}

test_sysctl_of_the_host_is_refused() {
  bundle '.linux.sysctl = {"kernel.panic": "1"}'
  try rt run --bundle "$bundle" refused </dev/null
  assert_ne "$rc" 0
  assert_match "$err" "kernel.panic"
  bundle '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces |= map(select(.type != "network"))'
  try rt run --bundle "$bundle" refused </dev/null
  assert_ne "$rc" 0
}

test_devices() {
  bundle '.linux.devices = [
      {path: "/dev/control", type: "c", major: 10, minor: 237, fileMode: 416, uid: 7, gid: 8},
      {path: "/dev/disk", type: "b", major: 7, minor: 200, fileMode: 384}]
    | .linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 237, access: "rw"},
      {allow: true, type: "b", major: 7, access: "r"}]'
  agrees
}

# Engines name the default devices again when they give a container all devices.
test_devices_named_twice() {
  bundle '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 438},
      {path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 438}]
    | .linux.resources.devices = [{allow: true, access: "rwm"}]'
  agrees
}

test_bind_mounts() {
  mkdir -p "$work/shared/below" "$work/tree"
  echo file >"$work/shared/file"
  bundle ".mounts += [
      {destination: \"/mnt/plain\", type: \"bind\", source: \"$work/shared\", options: [\"bind\"]},
      {destination: \"/mnt/read-only\", type: \"bind\", source: \"$work/shared\", options: [\"bind\", \"ro\", \"nosuid\", \"nodev\", \"noexec\"]},
      {destination: \"/mnt/file\", type: \"bind\", source: \"$work/shared/file\", options: [\"rbind\", \"ro\"]},
      {destination: \"/mnt/times\", type: \"bind\", source: \"$work/shared\", options: [\"bind\", \"noatime\", \"nodiratime\"]},
      {destination: \"/mnt/private\", type: \"bind\", source: \"$work/shared\", options: [\"bind\", \"private\"]},
      {destination: \"/mnt/slave\", type: \"bind\", source: \"$work/shared\", options: [\"rbind\", \"rprivate\", \"unbindable\"]}]"
  agrees
}

test_tmpfs_mounts() {
  bundle '.mounts += [
      {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "size=2m", "mode=1777"]},
      {destination: "/deep/in/the/tree", type: "tmpfs", source: "some", options: ["noexec", "ro"]},
      {destination: "/deep/in/the/tree/no", type: "tmpfs", source: "some"}]
    | .mounts[-2].options = ["noexec"]'
  agrees
}

test_recursive_options() {
  no_peer "runc 1.1 knows no recursive mount options"
  mkdir -p "$work/outer/inner"
  mount -t tmpfs inner "$work/outer/inner"
  bundle ".mounts += [{destination: \"/mnt/tree\", type: \"bind\", source: \"$work/outer\", options: [\"rbind\", \"rro\", \"rnosuid\", \"rnodev\", \"rnoexec\"]}]"
  agrees
  said /bin/sh -c 'grep -c " /mnt/tree.* ro,nosuid,nodev,noexec" /proc/self/mountinfo'
  umount "$work/outer/inner"
  assert_eq "$out" 2
}

test_root_propagation() {
  bundle '.linux.rootfsPropagation = "private"'
  agrees
  no_peer "runc 1.1 leaves the root private here"
  bundle '.linux.rootfsPropagation = "shared"'
  mount --bind "$bundle/rootfs" "$bundle/rootfs"
  mount --make-shared "$bundle/rootfs"
  agrees
  umount "$bundle/rootfs"
}

test_namespaces() {
  bundle '.linux.namespaces += [{type: "cgroup"}] | .linux.namespaces |= map(select(.type != "ipc" and .type != "network"))'
  agrees
}

test_namespaces_to_join() {
  local holder
  unshare --net --ipc --uts sleep 1000 &
  holder=$!
  wait_until 10 has_other_namespaces "$holder"
  bundle "del(.hostname) | .linux.namespaces |= map(if .type == \"network\" then .path = \"/proc/$holder/ns/net\"
    elif .type == \"ipc\" then .path = \"/proc/$holder/ns/ipc\"
    elif .type == \"uts\" then .path = \"/proc/$holder/ns/uts\" else . end)"
  agrees
  kill "$holder"
  wait "$holder" || true
}
has_other_namespaces() { [ "$(readlink "/proc/$1/ns/uts")" != "$(readlink /proc/self/ns/uts)" ]; }

test_user_namespace() {
  requires mount-api
  bundle '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1000}, {containerID: 1000, hostID: 300000, size: 64536}]
    | .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]
    | .process.user = {uid: 0, gid: 0, additionalGids: [3]}'
  chown -R 100000:200000 "$bundle/rootfs"
  agrees
}

test_time_namespace() {
  no_peer "runc 1.1 knows no time namespaces"
  bundle '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 1000, nanosecs: 7}, boottime: {secs: 86400}}'
  agrees
}

test_resources() {
  requires cgroup-memory cgroup-pids
  bundle '.linux.cgroupsPath = "/spec-test/inner" | .linux.resources += {
      memory: {limit: 67108864, reservation: 33554432}, pids: {limit: 77},
      cpu: {shares: 500, quota: 50000, period: 100000, cpus: "0", mems: "0"}}'
  agrees
  find /sys/fs/cgroup -depth -type d -name spec-test -exec rmdir {} \;
}

test_seccomp() {
  bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"], syscalls: [
      {names: ["mount", "chroot"], action: "SCMP_ACT_ERRNO"}, {names: ["ptrace"], action: "SCMP_ACT_ERRNO", errnoRet: 78},
      {names: ["setns"], action: "SCMP_ACT_ERRNO", errnoRet: 5, args: [{index: 1, value: 0, op: "SCMP_CMP_EQ"}]},
      {names: ["sethostname"], action: "SCMP_ACT_LOG"}, {names: ["no_such_call"], action: "SCMP_ACT_ERRNO"}]}
    | .process.noNewPrivileges = true'
  agrees
  said /probe try mount chroot ptrace setns
  assert_rc 0
  assert_eq "$(jq -c . <<<"$out")" '{"mount":"EPERM","chroot":"EPERM","ptrace":"EREMCHG","setns":"EIO"}'
}

test_seccomp_kills() {
  bundle '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chroot"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  said /probe try chroot
  assert_rc 159
}

# In the foreground the size is that of the caller's own terminal, whatever consoleSize says.
test_terminal() {
  bundle '.process.terminal = true | .process.consoleSize = {height: 24, width: 80}'
  on_terminal '' "$runtime" --root "$root" run --bundle "$bundle" terminal
  assert_rc 0
  tr -d '\r' <<<"$out" >"$bundle/out"
  assert_eq "$("$support/spec_check" inside "$bundle/config.json" "$bundle/out" 2>&1)" ""
}

# Each hook writes its name, its status from the state on its standard input, and where it runs.
test_hooks() {
  no_peer "runc 1.1 runs the hooks of poststart before the start"
  local name filter=.
  for name in prestart createRuntime createContainer startContainer poststart poststop; do
    filter+=" | .hooks.$name = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo $name \$(cat | tr -d ' \\\\n' | grep -o 'status.:.[a-z]*' | cut -c 10-) \$0 \$WORD >>$work/hooks\", \"first\"], env: [\"WORD=$name\", \"PATH=/bin:/usr/bin\"]}, {path: \"/bin/sh\", args: [\"sh\", \"-c\", \"echo $name second >>$work/hooks\"]}]"
  done
  # The hook of startContainer runs in the container's own root: the directory is there too.
  bundle "$filter | .mounts += [{destination: \"$work\", type: \"bind\", source: \"$work\", options: [\"bind\"]}]"
  : >"$work/hooks"
  rt create --bundle "$bundle" hooks </dev/null >"$bundle/out" 2>"$bundle/err" || fail "create: $(cat "$bundle/err")"
  assert_eq "$(grep -v prestart "$work/hooks")" "createRuntime creating first createRuntime
createRuntime second
createContainer creating first createContainer
createContainer second"
  assert_eq "$(grep -c prestart "$work/hooks")" 2
  : >"$work/hooks"
  try rt start hooks
  assert_rc 0
  wait_until 10 is_stopped hooks
  assert_eq "$(sed 's/poststart [a-z]* first/poststart first/; s/stopped/running/' "$work/hooks")" "startContainer created first startContainer
startContainer second
poststart first poststart
poststart second"
  : >"$work/hooks"
  try rt delete hooks
  assert_rc 0
  assert_eq "$(cat "$work/hooks")" "poststop stopped first poststop
poststop second"
}

test_hook_that_fails_or_lasts() {
  local name
  for name in prestart createRuntime createContainer; do
    bundle ".hooks.$name = [{path: \"/bin/false\"}]"
    try rt create --bundle "$bundle" failing </dev/null
    assert_ne "$rc" 0
    assert_ne "$err" ""
    assert_eq "$(rt list -q)" ""
  done
  bundle '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1}]'
  try timeout 20 "$runtime" --root "$root" create --bundle "$bundle" lasting </dev/null
  assert_ne "$rc" 0
  assert_ne "$rc" 124
  assert_eq "$(rt list -q)" ""
}

test_exec_of_a_process() {
  no_peer "runc 1.1 knows no scheduler and ioPriority"
  bundle '.process.args = ["/bin/sleep", "1000"]'
  rt run --detach --bundle "$bundle" target </dev/null >/dev/null 2>&1
  jq '.process | .args = ["/probe"] | .user = {uid: 1000, gid: 1001, additionalGids: [7], umask: 23} | .cwd = "/tmp" | .env = ["A=b", "HOME=/"]
    | .rlimits = [{type: "RLIMIT_NOFILE", soft: 200, hard: 300}] | .noNewPrivileges = true | .oomScoreAdj = 55
    | .capabilities = {bounding: ["CAP_CHOWN"]} | .scheduler = {policy: "SCHED_BATCH", nice: 3}
    | .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 5}' "$bundle/config.json" >"$bundle/process.json"
  rt exec --process "$bundle/process.json" target </dev/null >"$bundle/out" 2>"$bundle/err" || fail "exec: $(cat "$bundle/err")"
  jq --slurpfile process "$bundle/process.json" '.process = $process[0]' "$bundle/config.json" >"$bundle/asked.json"
  assert_eq "$("$support/spec_check" inside "$bundle/asked.json" "$bundle/out" 2>&1)" ""
}

# What is not understood is passed over; what is understood and wrong is told with its path.
test_unknown_and_wrong_fields() {
  bundle '.later = {a: 1} | .process.later = 2 | .linux.later = []'
  said /bin/sh -c 'echo well'
  assert_eq "$out" well
  bundle '.linux.resources.memory.limit = "much"'
  try rt run --bundle "$bundle" wrong </dev/null
  assert_ne "$rc" 0
  no_peer "runc names the field by its Go name"
  assert_contains "$err" "linux.resources.memory.limit"
  bundle '.linux.intelRdt = {closID: "x"}'
  try rt run --bundle "$bundle" wrong </dev/null
  assert_ne "$rc" 0
  assert_contains "$err" "intelRdt"
}
run_tests
