# sql: SELECT over the state, and nothing but SELECT.
. "$(dirname "$0")/../support/e2e.sh"

test_views() {
  image busybox
  minidock run --name done --label tier=web busybox sh -c 'exit 3' || true
  minidock run -d --rm --name up -v data:/data busybox sleep 100 >/dev/null
  minidock create --name fresh busybox true >/dev/null
  # Durable and volatile rows as one.
  try minidock sql "select name, state, exit_code, ephemeral, pid is null from containers order by name"
  assert_rc 0
  assert_eq "$out" $'name,state,exit_code,ephemeral,pid is null\ndone,exited,3,0,1\nfresh,created,,0,1\nup,running,,1,0'
  assert_eq "$(minidock sql "select name from containers where json_extract(labels, '\$.tier') = 'web'" | tail -1)" done
  assert_eq "$(minidock sql 'select c.name, v.containers from volumes v, containers c where c.state = "running" and v.name = "data"' | tail -1)" up,1
  assert_eq "$(minidock sql 'select i.name, i.layers, i.id = c.image_id from images i, containers c where c.name = "up"' | tail -1)" busybox:latest,1,1
  assert_eq "$(minidock sql 'select images, size > 1000, content_size > 1000 from layers' | tail -1)" 1,1,1
  assert_eq "$(minidock sql "select action from events where name = 'done' order by time" | tr '\n' ' ')" "action create attach start die "
  minidock rm -f up >/dev/null
  minidock volume rm data >/dev/null
}

test_formats() {
  try minidock sql --format csv "select 1 as a, 'x,\"y\"' as b, null as c, 1.5 as d"
  assert_eq "$out" $'a,b,c,d\n1,"x,""y""",,1.5'
  try minidock sql --format json "select 1 as a, 'x' as b, null as c, 1.5 as d union all select 2, 'y', 3, 4"
  assert_eq "$out" $'{"a":1,"b":"x","c":null,"d":1.5}\n{"a":2,"b":"y","c":3,"d":4}'
  # What a terminal must not see is escaped.
  try minidock sql --format table "select 'long text' as a, 2 as b union all select char(27), 3"
  assert_eq "$out" $'a           b\nlong text   2\n\\x1b        3'
  on_terminal 'expect one' "$MINIDOCK_BINARY" sql "select 'one' as a, 2 as b"
  assert_match "$out" 'a +b'
  refused 125 'unknown format xml' minidock sql --format xml 'select 1'
}

test_lists_its_views() {
  try minidock sql
  assert_rc 0
  local view
  for view in containers images layers volumes events; do
    assert_contains "$out" "CREATE TABLE $view ("
    minidock sql "select * from $view" >/dev/null
    # The page names every column.
    minidock sql --format csv "select * from $view limit 0" | tr ',' '\n' | while read -r column; do
      minidock sql --help | grep -q "\b$column\b" || fail "the page has no $column of $view"
    done
  done
}

test_only_select() {
  local before statement
  before=$(find "$MINIDOCK_ROOT" "$MINIDOCK_RUN_ROOT" -type f | sort)
  for statement in "delete from containers" "insert into images values (1)" "drop table images" "create table t (a)" \
    "update volumes set name = 'x'" "pragma user_version" "select * from pragma_table_info('images')" \
    "vacuum" "explain delete from images" \
    "attach '$MINIDOCK_ROOT/minidock.db' as root" "vacuum into '$work/out'" "begin" "reindex" \
    "select load_extension('x')" "with t as (select 1) delete from containers" "create temp table t (a)"; do
    refused 1 'sql: ' minidock sql "$statement"
  done
  refused 1 'only SELECT is answered' minidock sql "delete from containers"
  refused 1 'one statement at a time' minidock sql "select 1; select 2"
  refused 1 'no such table: secrets' minidock sql "select * from secrets"
  refused 1 'no such function: readfile' minidock sql "select readfile('/etc/passwd')"
  refused 1 'there is no statement' minidock sql " -- nothing"
  try minidock sql "select 1; -- and a comment"
  assert_rc 0
  assert_eq "$(find "$MINIDOCK_ROOT" "$MINIDOCK_RUN_ROOT" -type f | sort)" "$before"
}

# It holds nothing while it runs, and an interrupt ends it at once.
test_one_that_runs_for_ever() {
  image busybox
  local endless="with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t, containers"
  # A background command of a script ignores SIGINT; this one gets it as at a terminal.
  python3 -c 'import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])' \
    "$MINIDOCK_BINARY" sql "$endless" &
  local pid=$!
  wait_until 10 grep -q minidock "/proc/$pid/comm"
  minidock run --rm busybox true
  kill -0 $pid
  kill -INT $pid
  rc=0
  wait $pid || rc=$?
  assert_rc 130
  try minidock sql "select length(group_concat(hex(zeroblob(10000000)))) from (values (1),(2),(3),(4),(5),(6),(7),(8),(9),(10),(11),(12),(13),(14),(15),(16),(17),(18),(19),(20),(21),(22),(23),(24),(25),(26),(27),(28),(29),(30))"
  assert_rc 1
  assert_match "$err" 'takes more than 512MiB'
}

run_tests
