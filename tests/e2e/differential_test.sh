#!/bin/bash
# minidock beside Debian's dockerd: the cases of tests/differential, each run with both. DIFFERENTIAL_FILES names files of
# cases in the place of these; the rest is a test of its own, which is a long one. DIFFERENTIAL_CASE is a word
# of the names of the only cases to run.
: "${DIFFERENTIAL_FILES:=exec files images lifecycle words}"
. "$(dirname "$0")/../support/peers.sh"
. "$support/dockerd.sh"
requires image-busybox python3
differential=$top/tests/differential
export PYTHONDONTWRITEBYTECODE=1 BOX
BOX=$(fixture busybox)

# The images of every case: `box` is busybox with a command; `rich` has all that a config can say.
import_images() {
  "$@" import -c 'CMD ["sh"]' "$BOX" box
  "$@" import -c 'ENTRYPOINT ["echo", "entry"]' -c 'CMD ["cmd"]' -c 'ENV RICH=yes' -c 'USER user' -c 'WORKDIR /var/www' \
    -c 'VOLUME /data' -c 'LABEL rich=yes' -c 'EXPOSE 80' "$BOX" rich
}

# A lane is a dockerd and a store of minidock. Most of docker's time is spent waiting, so three lanes fit on two processors.
lanes=()
for lane in lane1 lane2 lane3; do
  start_dockerd $lane --storage-driver overlay2
  lanes+=("$work/$lane")
  { import_images "$work/$lane/docker" && import_images minidock --root "$work/$lane/root" --run-root "$work/$lane/run"
  } >/dev/null 2>&1 || fail "cannot import the images"
done
remove_containers() { :; }
after_tests() {
  stop_dockerds
  umount "$work"/lane*/run/images/* 2>/dev/null || true # else what is below them would stay
}

test_minidock_does_as_docker() {
  local files
  read -ra files <<<"$DIFFERENTIAL_FILES"
  "$differential/compare" ${DIFFERENTIAL_CASE:+--case "$DIFFERENTIAL_CASE"} "${files[@]/#/--file=}" "${lanes[@]/#/--lane=}" ||
    fail "minidock and docker differ"
}

test_stores_are_sound() {
  local lane
  for lane in "${lanes[@]}"; do
    try minidock --root "$lane/root" --run-root "$lane/run" system check
    assert_rc 0
    assert_empty "$(MINIDOCK_ROOT=$lane/root MINIDOCK_RUN_ROOT=$lane/run leftovers | grep '^file')"
  done
}
run_tests
