# The configuration: which file, variable or option holds, what is refused and where it says so, and what it changes.
. "$(dirname "$0")/../support/e2e.sh"

export XDG_CONFIG_HOME=$work/xdg
users=$XDG_CONFIG_HOME/minidock/config.toml
mkdir -p "$XDG_CONFIG_HOME/minidock"

# The user's file is what standard input says, and the usual files are read.
configure() {
  cat >"$users"
  unset MINIDOCK_CONFIG_FILE
}
show() { minidock config show --origin | grep "^$1 "; }

test_nothing_is_said() {
  unset MINIDOCK_CONFIG_FILE
  rm -f "$users"
  assert_eq "$(env -u MINIDOCK_NETWORK -u MINIDOCK_ROOT -u MINIDOCK_RUN_ROOT "$MINIDOCK_BINARY" config show --origin)" \
    'root = "/var/lib/minidock"  # default
run-root = "/run/minidock"  # default
log-driver = "local"  # default
keep-compressed-blobs = false  # default
network = "bridge"  # default
default-bind = "0.0.0.0"  # default'
}

test_what_is_said_later_holds() {
  configure <<<$'root = "/srv/a"\nrun-root = "/srv/b"\nlog-driver = "json-file"'
  assert_eq "$(show root)" "root = \"$MINIDOCK_ROOT\"  # MINIDOCK_ROOT"
  assert_eq "$(show log-driver)" "log-driver = \"json-file\"  # $users:3"
  unset MINIDOCK_ROOT MINIDOCK_RUN_ROOT
  assert_eq "$(show root)" "root = \"/srv/a\"  # $users:1"
  assert_eq "$(show run-root)" "run-root = \"/srv/b\"  # $users:2"
  assert_eq "$(minidock --root /srv/c config show --origin | head -1)" 'root = "/srv/c"  # --root'
  # A root that was named has a run directory of its own, whoever named it.
  configure <<<'root = "/srv/a"'
  assert_eq "$(minidock config show | grep run-root)" "$(minidock --root /srv/a config show | grep run-root)"
  assert_ne "$(minidock config show | grep run-root)" 'run-root = "/run/minidock"'
}

test_the_hosts_file_comes_first() {
  mkdir -p "$work/etc" /etc/minidock
  mount --bind "$work/etc" /etc/minidock
  printf 'log-driver = "json-file"\n[log-opts]\nmax-file = 2\n' >/etc/minidock/config.toml
  configure <<<'log-opts.max-size = "1m"'
  try minidock config show --origin
  umount /etc/minidock
  assert_contains "$out" 'log-driver = "json-file"  # /etc/minidock/config.toml:1'
  assert_contains "$out" 'log-opts.max-file = "2"  # /etc/minidock/config.toml:3'
  assert_contains "$out" "log-opts.max-size = \"1m\"  # $users:1"
}

test_a_named_file_is_the_only_one() {
  configure <<<'log-driver = "none"'
  echo 'default-bind = "127.0.0.1"' >"$work/named.toml"
  try minidock --config-file "$work/named.toml" config show --origin
  assert_contains "$out" "default-bind = \"127.0.0.1\"  # $work/named.toml:1"
  assert_contains "$out" 'log-driver = "local"  # default'
  assert_eq "$(MINIDOCK_CONFIG_FILE=$work/named.toml "$MINIDOCK_BINARY" config show --origin)" "$out"
  refused 1 'read the configuration: /nonexistent/x.toml: there is no such file' \
    minidock --config-file /nonexistent/x.toml config show
}

test_mistakes_name_their_place() {
  configure <<<$'# one\n  log-drivers = "local"'
  refused 1 "^minidock: $users:2:3: log-drivers = \"local\": there is no such key; did you mean log-driver\?$" minidock ps
  refused 125 "$users:2:3: log-drivers" minidock run --rm busybox true
  configure <<<'log-driver = 3'
  refused 1 "$users:1:1: log-driver = 3: a text is wanted" minidock images
  configure <<<$'root = "/a"\nroot ='
  refused 1 "$users:2:" minidock config show
  configure <<<$'log-driver = "json-file"\n[log-opts]\nmax-size = "big"'
  refused 1 "$users:3:1: log-opts.max-size = \"big\": invalid size: 'big'" minidock config show
  image busybox
  refused 125 "$users:3:1: log-opts.max-size" minidock run --rm busybox true
  configure <<<$'log-opts.max-sise = "1m"'
  refused 1 "$users:1:10: log-opts.max-sise = \"1m\": unknown log opt 'max-sise' for local log driver" minidock config show
}

test_only_what_is_ours_is_believed() {
  requires root
  configure <<<'log-driver = "none"'
  chown 1234 "$users"
  refused 1 "$users: belongs to user 1234, not to us" minidock config show
  chown 0 "$users"
  chmod 666 "$users"
  refused 1 "$users: everybody may write it" minidock config show
  chmod 644 "$users"
  minidock config show >/dev/null
}

test_forms() {
  configure <<'E'
[log-opts]
max-size = "1m"
[[registry]]
prefix = "a.example"
mirrors = ["b.example/c"]
E
  minidock config show >"$work/shown.toml"
  assert_eq "$(MINIDOCK_CONFIG_FILE=$work/shown.toml "$MINIDOCK_BINARY" config show)" "$(cat "$work/shown.toml")"
  assert_eq "$(minidock config show --format json | jq -c '[.["log-opts"], .registry[0].mirrors]')" \
    '[{"max-size":"1m"},["b.example/c"]]'
  assert_eq "$(minidock config show --origin --format json |
    jq -r '.["log-opts"]["max-size"].origin, .registry[0].origin, .["log-driver"].origin')" \
    "$users:2"$'\n'"$users:3"$'\ndefault'
  assert_eq "$(minidock config show --format '{{index . "log-driver"}}')" local
}

test_logs() {
  image busybox
  configure <<<$'log-driver = "json-file"\n[log-opts]\nmax-size = "20k"\nmax-file = 2'
  assert_eq "$(minidock info -f '{{.LoggingDriver}}')" json-file
  minidock run --name web busybox sh -c 'yes | head -c 200000' >/dev/null
  assert_eq "$(minidock inspect -f '{{json .HostConfig.LogConfig}}' web)" \
    '{"Type":"json-file","Config":{"max-file":"2","max-size":"20k"}}'
  local path
  path=$(minidock inspect -f '{{.LogPath}}' web)
  assert_eq "$(find "${path%/*}" -name "${path##*/}*" | wc -l)" 2 "the number of the log's files"
  # Docker's rule: what the command says goes before, and another driver has none of the options.
  minidock create --name own --log-opt max-size=1m busybox true >/dev/null
  assert_eq "$(minidock inspect -f '{{json .HostConfig.LogConfig.Config}}' own)" '{"max-file":"2","max-size":"1m"}'
  minidock create --name other --log-driver local busybox true >/dev/null
  assert_eq "$(minidock inspect -f '{{json .HostConfig.LogConfig}}' other)" '{"Type":"local","Config":{}}'
  # What is made stays as it was made.
  configure <<<'log-driver = "none"'
  minidock start web >/dev/null
  minidock wait web >/dev/null
  assert_eq "$(minidock inspect -f '{{.HostConfig.LogConfig.Type}}' web)" json-file
}

test_the_storage_driver_is_for_new_stores() {
  local theirs wanted=erofs
  theirs=$(minidock info -f '{{.Driver}}')
  [ "$theirs" != erofs ] || wanted=overlay
  unset MINIDOCK_STORAGE_DRIVER
  configure <<<"storage-driver = \"$wanted\""
  assert_eq "$(minidock info -f '{{.Driver}}')" "$theirs"
  refused 1 "was made with $theirs" minidock --storage-driver "$wanted" info
  try minidock --root "$work/new" --run-root "$work/new-run" info -f '{{.Driver}}'
  if [ "$rc" = 0 ]; then
    assert_eq "$out" "$wanted"
  else
    assert_contains "$err" "use storage driver $wanted"
  fi
  rm -rf "$work/new" "$work/new-run"
}

# A line that is mistyped while a container runs keeps nobody from ending it.
test_a_running_container_ends_without_the_file() {
  image busybox
  configure <<<'log-driver = "local"'
  mkfifo "$work/gate"
  minidock run -d --rm -v "$work/gate:/gate" busybox sh -c 'read line </gate' >/dev/null
  echo 'nonsense' >"$users"
  echo go >"$work/gate"
  export MINIDOCK_CONFIG_FILE=/dev/null
  wait_until 20 no_containers
  assert_no_leftovers 20
}

run_tests
