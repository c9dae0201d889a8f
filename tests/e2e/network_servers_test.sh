#!/bin/bash
# Servers as people have them, nginx, Redis and PostgreSQL of Debian, in containers; their clients on the host, on another host,
# in other containers and in their own. What a server keeps in a volume outlives its container, however that ends.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/outside.sh"
unset MINIDOCK_NETWORK

make_yard() {
  minidock network inspect yard >/dev/null 2>&1 ||
    minidock network create --ipv6 --subnet 10.85.0.0/24 --subnet fd85::/64 yard >/dev/null
}

# at PLACE COMMAND…: a client: on the host, on the other one, in a container of the network or of another, or in one that is up.
at() {
  local place=$1
  shift
  case $place in
    host) minidock run --rm --network host servers "$@" ;;
    outside) minidock run --rm --network ns:/run/netns/outside servers "$@" ;;
    yard | bridge) minidock run --rm --network "$place" servers "$@" ;;
    *) minidock exec "$place" "$@" ;;
  esac
}

# every_way NAME PORT COMMAND…: the command, with @HOST@ and @PORT@ in its words, prints `served` from wherever the container's
# port PORT, published as 1PORT, can be reached.
every_way() {
  local name=$1 port=$2 four six row words
  shift 2
  four=$(minidock inspect -f '{{.NetworkSettings.Networks.yard.IPAddress}}' "$name")
  six=$(minidock inspect -f '{{.NetworkSettings.Networks.yard.GlobalIPv6Address}}' "$name")
  for row in "host 127.0.0.1 1$port" "host 10.9.0.1 1$port" "host fd09::1 1$port" "host $four $port" "host $six $port" \
    "outside 10.9.0.1 1$port" "outside fd09::1 1$port" "bridge 10.9.0.1 1$port" "yard $four $port" "yard $six $port" \
    "yard 10.9.0.1 1$port" "$name 10.9.0.1 1$port" "$name fd09::1 1$port" "$name localhost $port" "yard $name $port" \
    "$name $name $port" "host ::1 1$port"; do
    read -ra row <<<"$row"
    words=("${@//@HOST@/${row[1]}}")
    try at "${row[0]}" "${words[@]//@PORT@/${row[2]}}"
    [ "$rc $out" = "0 served" ] || fail "${row[*]}: no answer from $name"
  done
}

test_nginx() {
  requires ipv6
  image servers
  make_outside
  make_yard
  # shellcheck disable=SC2016
  minidock run -d --name web --network yard -p 180:80 servers sh -c '
    mkdir -p /var/log/nginx /var/lib/nginx /srv && echo served >/srv/index.html
    printf "%s\n" "user www-data; worker_processes 2; events {}" \
      "http { access_log /dev/stdout; server { listen 80; listen [::]:80; root /srv; } }" >/etc/nginx.conf
    exec nginx -c /etc/nginx.conf -g "daemon off;"' >/dev/null
  wait_until 10 minidock exec web curl -sf http://127.0.0.1/
  # shellcheck disable=SC2016
  every_way web 80 sh -c 'case $0 in *:*) host=[$0] ;; *) host=$0 ;; esac; exec curl -sgf -m 5 "http://$host:$1/"' @HOST@ @PORT@
  # The other host is known by its own address; so is a container of another network.
  out=$(minidock logs web)
  assert_match "$out" $'(^|\n)10\.9\.0\.2 - '
  assert_match "$out" $'(^|\n)fd09::2 - '
  assert_match "$out" $'(^|\n)172\.[0-9.]+ - '
  local place
  for place in host outside yard; do
    try at "$place" wrk -t 1 -c 50 -d 1s http://10.9.0.1:180/
    assert_rc 0
    assert_no_match "$out" "Socket errors|Non-2xx"
    assert_le 500 "$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' <<<"$out")" "500 requests, against what was served,"
  done
  minidock rm -f web >/dev/null
}

start_redis() {
  minidock run -d --name cache --network yard -p 16379:6379 -v cache:/data -w /data servers redis-server --bind '*' '-::*' \
    --protected-mode no --appendonly yes --appendfsync always >/dev/null
  wait_until 10 minidock exec cache redis-cli ping
}

test_redis_keeps_what_it_has_confirmed() {
  requires ipv6
  image servers
  make_outside
  make_yard
  start_redis
  assert_eq "$(at outside redis-cli -h 10.9.0.1 -p 16379 set word served)" OK
  every_way cache 6379 redis-cli -h @HOST@ -p @PORT@ get word
  at outside redis-benchmark -h 10.9.0.1 -p 16379 -t incr -n 2000 -c 20 -P 4 -q >/dev/null
  assert_eq "$(at host redis-cli -p 16379 get counter:__rand_int__)" 2000
  kill -9 "$(container_pid cache)"
  wait_until 5 is_exited cache
  minidock rm cache >/dev/null
  start_redis
  assert_eq "$(at outside redis-cli -h 10.9.0.1 -p 16379 get counter:__rand_int__)" 2000
  minidock rm -f cache >/dev/null
  minidock volume rm cache >/dev/null
}

start_postgres() {
  # kernel: a client that is gone before the server's last word to it leaves a connection in doubt, and that the namespace and its
  # wire, for minutes after the container; with this, for a second.
  # shellcheck disable=SC2016
  minidock run -d --name db --network yard -p 15432:5432 --sysctl net.ipv4.tcp_orphan_retries=1 -v db:/var/lib/postgresql --shm-size 128m servers sh -c '
    at=/var/lib/postgresql/data as="setpriv --reuid postgres --regid postgres --clear-groups"
    mkdir -p /run/postgresql && chown postgres /run/postgresql /var/lib/postgresql
    [ -e $at ] || {
      $as initdb --no-sync -A trust -D $at.new >/dev/null && echo "host all all all trust" >>$at.new/pg_hba.conf && mv $at.new $at
    } || exit
    exec $as postgres -D $at -c listen_addresses="*"' >/dev/null
  wait_until 30 minidock exec db psql -h 127.0.0.1 -U postgres -c 'select 1'
}
is_at_work() { [ "$(wc -l <"$work/confirmed")" -ge "$1" ]; }
# sql PLACE STATEMENT, by the published port
sql() { at "$1" psql -qAt -h 10.9.0.1 -p 15432 -U postgres -c "$2"; }

# write_rows N: a client on the other host, which writes down each row when its commit has been confirmed; once it has N of them
# `crash` is called. Whatever was confirmed is there when the server is up again.
write_rows() {
  local last writer
  # shellcheck disable=SC2016
  "$MINIDOCK_BINARY" run --rm --network ns:/run/netns/outside servers sh -c '
    seq 1000000 | sed "s/.*/insert into kept values (&) returning number;/" |
      psql -qAt -v ON_ERROR_STOP=1 -h 10.9.0.1 -p 15432 -U postgres' >"$work/confirmed" 2>/dev/null &
  writer=$!
  wait_until 20 is_at_work "$1"
  crash
  wait $writer || true
  last=$(wc -l <"$work/confirmed")
  start_postgres
  assert_eq "$(sql host "select count(*) from kept where number <= $last")" "$last" "the number of rows"
  sql outside 'truncate kept'
}

test_postgres_keeps_what_it_has_committed() {
  requires ipv6
  image servers
  make_outside
  make_yard
  start_postgres
  sql outside 'create table kept (number int primary key)'
  every_way db 5432 psql -qAt -h @HOST@ -p @PORT@ -U postgres -c "select 'served'"
  crash() { minidock kill db >/dev/null && minidock wait db >/dev/null && minidock rm db >/dev/null; }
  write_rows 100
  crash() { minidock rm -f db >/dev/null; }
  write_rows 100
  # The container's process, its monitor and its guard at once: nobody is left to tidy up.
  crash() {
    local id monitor guard
    id=$(minidock inspect -f '{{.Id}}' db)
    monitor=$(sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$id/state")
    guard=$(ps -o ppid= -p "$monitor" | tr -d ' ')
    kill -STOP "$guard"
    kill -9 "$monitor" "$guard" "$(container_pid db)"
    wait_until 5 is_exited db
    minidock rm db >/dev/null
  }
  write_rows 100
  minidock rm -f db >/dev/null
  minidock volume rm db >/dev/null
}

after_tests() {
  remove_outside
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
