#!/bin/bash
# Files of more than 4 GiB, by both drivers: one whose bytes come through a pipe, and sparse ones as GNU tar writes them in its
# own format and in that of pax. No archive is written to the disk.
. "$(dirname "$0")/../support/e2e.sh"

readonly kEdge=$((4 << 30))

# An image whose last file is large: each 16 bytes of it are the number of their MiB.
large_image() {
  python3 -c '
import sys, tarfile
path, size = sys.argv[1], int(sys.argv[2])
with tarfile.open(path) as archive:
    archive.getmembers()
    end = archive.offset
out = sys.stdout.buffer
with open(path, "rb") as file:
    out.write(file.read(end))
large = tarfile.TarInfo("large")
large.size = size
out.write(large.tobuf(tarfile.GNU_FORMAT))
for start in range(0, size, 1 << 20):
    out.write((b"%016d" % (start >> 20) * 65536)[:size - start])
out.write(bytes(-size % 512 + 1024))
' "$MINIDOCK_BUILD_DIR/fixtures/busybox.tar" "$1"
}

# saved_whole IMAGE: each blob of what is saved has the digest that it is named by, and the layer is among them.
saved_whole() {
  minidock save "$1" | python3 -c '
import hashlib, sys, tarfile
found = []
with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
    for member in archive:
        if not member.isfile() or not member.name.startswith("blobs/sha256/"):
            continue
        digest, data = hashlib.sha256(), archive.extractfile(member)
        while piece := data.read(1 << 20):
            digest.update(piece)
        assert member.name.endswith(digest.hexdigest()), member.name
        found.append("sha256:" + digest.hexdigest())
assert sys.argv[1] in found, found
' "$(minidock inspect -f '{{index .RootFS.Layers 0}}' "$1")"
}

each_driver() {  # each_driver COMMAND...: with a store of its own for each
  local driver
  for driver in erofs overlay; do
    (
      export MINIDOCK_STORAGE_DRIVER=$driver MINIDOCK_ROOT=$work/$driver/root MINIDOCK_RUN_ROOT=$work/$driver/run
      mkdir -p "$work/$driver"
      "$@" || exit
      try minidock system check
      assert_rc 0
      minidock system reset -f >/dev/null
    ) || return
  done
}

a_real_one() {
  image busybox # what a store cannot do is told before a large file is made
  local size=$((kEdge + 12345))
  large_image "$size" | minidock import -q - large >/dev/null
  try minidock run --rm large sh -c "stat -c %s /large
    dd if=/large bs=16 count=1 skip=$((kEdge / 16 - 1)) 2>/dev/null; echo
    dd if=/large bs=16 count=1 skip=$((kEdge / 16 + 5)) 2>/dev/null; echo"
  assert_rc 0
  assert_eq "$out" "$size"$'\n'0000000000004095$'\n'0000000000004096
  saved_whole large || fail "what was saved is not what was imported"
}

test_a_real_one() { each_driver a_real_one; }

sparse_ones() {
  local tree=$work/tree format size=$((kEdge + (1 << 30)))
  rm -rf "$tree"
  mkdir "$tree"
  tar -xf "$MINIDOCK_BUILD_DIR/fixtures/busybox.tar" -C "$tree"
  truncate -s "$size" "$tree/large"
  printf across | dd of="$tree/large" bs=1 seek=$((kEdge - 3)) conv=notrunc status=none
  printf end | dd of="$tree/large" bs=1 seek=$((size - 3)) conv=notrunc status=none
  for format in gnu posix; do
    tar --sparse --format="$format" -C "$tree" -c . | minidock import -q - "sparse:$format" >/dev/null
    try minidock run --rm "sparse:$format" sh -c "stat -c %s /large
      dd if=/large bs=1 count=6 skip=$((kEdge - 3)) 2>/dev/null; echo
      tail -c 3 /large; echo
      dd if=/large bs=1M count=1 skip=4500 2>/dev/null | tr -d '\\0' | wc -c"
    assert_rc 0
    assert_eq "$out" "$size"$'\nacross\nend\n0' "$format"
    saved_whole "sparse:$format" || fail "$format: what was saved is not what was imported"
  done
  assert_eq "$(($(du -sm "$MINIDOCK_ROOT" | cut -f1) < 100))" 1 "MiB on the disk are few"
}

test_sparse_ones() { each_driver sparse_ones; }

run_tests
