#!/bin/bash
# podman runs its containers on minidock's OCI runtime, by the file docs/scale-out/containers.conf.
. "$(dirname "$0")/../support/peers.sh"
. "$support/engine_tests.sh"

engine=$work/engine
racing=$work/racing
discard=(rm -f -t 0)
busybox=localhost/busybox
export CONTAINERS_CONF=$top/docs/scale-out/containers.conf
cat >"$engine" <<END
#!/bin/bash
cd "$work"  # conmon leaves a file where podman stands
exec podman --root "$work/store" --runroot "$work/state" --tmpdir "$work/tmp" --storage-driver vfs \
  --cgroup-manager cgroupfs --events-backend file "\$@"
END
chmod +x "$engine"
requires image-busybox
"$engine" import -q "$(fixture busybox)" "$busybox" >/dev/null || fail "cannot import the image"

# podman keeps one parent for all its containers.
after_tests() {
  find /sys/fs/cgroup -depth -type d \( -path '*/libpod_parent/conmon' -o -name libpod_parent \) -exec rmdir {} \;
}

test_runtime_is_ours() {
  assert_eq "$("$engine" info -f '{{.Host.OCIRuntime.Path}}')" "$runtime"
}

test_user_namespace() {
  try run --rm --uidmap 0:100000:65536 --gidmap 0:200000:65536 "$busybox" \
    sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u; touch /file; stat -c %u:%g /file'
  assert_rc 0
  assert_eq "$(tr -s ' ' <<<"$out")" $' 0 100000 65536\n 0 200000 65536\n0\n0:0'
}

test_update() {
  requires cgroup-memory
  started x -m 64m --memory-swap 64m "$busybox" sleep 1000
  try "$engine" update --memory 48m x
  assert_rc 0
  assert_eq "$(cgroup_value "$id" memory memory.limit_in_bytes memory.max)" $((48 << 20))
}

test_preserved_descriptor() {
  try "$engine" run --rm --preserve-fds 1 --network none "$busybox" cat /proc/self/fd/3 3< <(echo three)
  assert_rc 0
  assert_eq "$out" three
}
run_tests
