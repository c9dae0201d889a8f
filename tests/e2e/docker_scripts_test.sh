#!/bin/bash
# Scripts as they are written for docker, run unchanged: `docker` is a link to minidock that stands first in PATH.
. "$(dirname "$0")/../support/e2e.sh"
mkdir "$work/bin"
ln -s "$MINIDOCK_BINARY" "$work/bin/docker"
export PATH=$work/bin:$PATH

# script NAME <<TEXT: a file of its own in a directory of its own, run by `sh -e` as its user would; sets $rc, $out, $err.
script() {
  image busybox
  mkdir -p "$work/$1"
  cd "$work/$1" || exit 1
  cat >script.sh
  try timeout 60 sh -eu script.sh
}

test_hello() {
  script hello <<'TEXT'
docker run busybox echo "hello from the container"
docker ps -a --format '{{.Image}} {{.Status}}' | sed 's/ago.*//; s/[0-9a-zA-Z ]* $//'
docker rm "$(docker ps -lq)" >/dev/null
test -z "$(docker ps -aq)" && echo "all gone"
TEXT
  assert_rc 0
  assert_eq "$out" "hello from the container
busybox Exited (0)
all gone"
}

test_service_with_logs_and_exec() {
  script service <<'TEXT'
id=$(docker run -d --name web -e GREETING=hi busybox sh -c '
  trap "echo bye; exit 0" TERM
  echo "started with $GREETING"
  while :; do sleep 0.1; done')
until docker logs web | grep -q started; do sleep 0.1; done
docker logs web
docker ps --filter name=web --format '{{.Names}}: {{.State}}'
docker exec web sh -c 'echo "inside: $GREETING" >/tmp/note; cat /tmp/note'
docker top web | grep -c 'while :'
test "$(docker inspect -f '{{.Id}}' web)" = "$id" && echo "same ID"
docker stop -t 5 web
docker logs --tail 1 web
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
docker rm web
TEXT
  assert_rc 0
  assert_eq "$out" "started with hi
web: running
inside: hi
1
same ID
web
bye
exited 0
web"
}

test_data_volume_of_two_containers() {
  script shared <<'TEXT'
docker volume create shared
docker run --name writer -v shared:/out busybox sh -c 'for i in 1 2 3; do echo "line $i" >>/out/log; done'
docker run --rm -v shared:/in:ro busybox cat /in/log
docker run --rm -v shared:/in:ro busybox sh -c 'echo x >/in/log' 2>/dev/null || echo "it is read-only"
docker volume ls -q
docker volume rm shared 2>/dev/null || echo "it is in use"
docker rm writer
docker volume rm shared
TEXT
  assert_rc 0
  assert_eq "$out" "shared
line 1
line 2
line 3
it is read-only
shared
it is in use
writer
shared"
}

test_backup_of_a_volume() {
  script backup <<'TEXT'
docker create -v /dbdata --name dbstore busybox true >/dev/null
docker run --rm --volumes-from dbstore busybox sh -c 'mkdir /dbdata/tables; echo row >/dbdata/tables/one'
docker run --rm --volumes-from dbstore -v "$(pwd)":/backup busybox tar cf /backup/backup.tar /dbdata 2>/dev/null
tar tf backup.tar | sed 's,/$,,' | sort
docker run -d -v /dbdata --name dbstore2 busybox sleep 1000 >/dev/null
docker run --rm --volumes-from dbstore2 -v "$(pwd)":/backup:ro busybox sh -c 'cd / && tar xf /backup/backup.tar'
docker exec dbstore2 cat /dbdata/tables/one
docker rm -f -v dbstore dbstore2
docker volume ls -q | wc -l
TEXT
  assert_rc 0
  assert_eq "$out" "dbdata
dbdata/tables
dbdata/tables/one
row
dbstore
dbstore2
0"
}

test_job_that_is_tried_again() {
  script job <<'TEXT'
docker run -d --name job --restart on-failure:3 -v job:/state busybox sh -c '
  echo run >>/state/runs
  test "$(wc -l </state/runs)" = 3' >/dev/null
for i in $(seq 200); do
  test "$(docker inspect -f '{{.State.Status}} {{.RestartCount}}' job)" = "exited 2" && break
  sleep 0.1
done
docker inspect -f '{{.State.ExitCode}} after {{.RestartCount}} restarts' job
docker run --rm -v job:/state busybox wc -l /state/runs
docker rm job
docker volume rm job
TEXT
  assert_rc 0
  assert_eq "$out" "0 after 2 restarts
3 /state/runs
job
job"
}

test_application_with_an_env_file() {
  script application <<'TEXT'
cat >app.env <<END
# what the application needs
DB_HOST=db.example
DB_PASSWORD=with spaces and "quotes"
FROM_SHELL
END
export FROM_SHELL=exported
docker run --rm --env-file app.env -e DB_HOST=localhost -w /srv/app -u 1000:1000 -h app -l tier=front \
  --read-only --tmpfs /tmp --memory 64m --pids-limit 20 busybox sh -c '
  echo "$(id -u)@$(hostname) in $(pwd)"
  echo "$DB_HOST|$DB_PASSWORD|$FROM_SHELL"
  echo x >/tmp/x && echo "tmp is writable"
  echo x 2>/dev/null >/x || echo "the root is not"'
TEXT
  assert_rc 0
  assert_eq "$out" '1000@app in /srv/app
localhost|with spaces and "quotes"|exported
tmp is writable
the root is not'
}

test_configuration_by_cp() {
  script configuration <<'TEXT'
mkdir conf
echo "port = 80" >conf/app.ini
docker create --name app busybox sh -c 'cat /etc/app/app.ini; echo changed >>/etc/app/app.ini' >/dev/null
docker cp conf app:/etc/app
docker start -a app
docker cp app:/etc/app/app.ini - | tar xO
docker cp app:/etc/app/app.ini conf/back.ini
tail -n 1 conf/back.ini
docker diff app | grep app
docker rm app
TEXT
  assert_rc 0
  assert_eq "$out" "port = 80
port = 80
changed
changed
A /etc/app
A /etc/app/app.ini
app"
}

test_commit_of_a_changed_container() {
  script commit <<'TEXT'
docker run --name base busybox sh -c 'echo "#!/bin/sh
echo tool \"\$@\"" >/bin/tool; chmod +x /bin/tool'
docker commit -m "with the tool" -c 'ENTRYPOINT ["tool"]' -c 'CMD ["by", "default"]' base tools:1.0 | grep -c '^sha256:[0-9a-f]*$'
docker run --rm tools:1.0
docker run --rm tools:1.0 given words
docker tag tools:1.0 tools:latest
docker images --format '{{.Repository}}:{{.Tag}}' tools | sort
docker run --name exported tools true
docker export exported | docker import -c 'CMD ["tool", "flat"]' - flat | grep -c '^sha256:'
docker run --rm flat
docker rm base exported
docker rmi tools:1.0 tools:latest flat >/dev/null
docker images -q tools
TEXT
  assert_rc 0
  assert_eq "$out" "1
tool by default
tool given words
tools:1.0
tools:latest
tool true
1
tool flat
base
exported"
}

test_pipeline_of_filters() {
  script pipeline <<'TEXT'
printf 'b\na\nc\n' | docker run -i --rm busybox sort | docker run -i --rm busybox tr a-z A-Z
docker run --rm busybox sh -c 'exit 42' || echo "status $?"
docker run --rm busybox no-such-program 2>/dev/null || echo "status $?"
docker run --no-such-flag busybox 2>/dev/null || echo "status $?"
docker run --rm busybox sh -c 'kill -TERM $$; sleep 1' || echo "status $?"
TEXT
  assert_rc 0
  assert_eq "$out" "A
B
C
status 42
status 127
status 125"
}

test_cleaning_up() {
  script clean <<'TEXT'
for i in 1 2 3; do docker run --name "job$i" -l batch busybox true; done
docker run -d --name kept busybox sleep 1000 >/dev/null
docker ps -aq --filter label=batch | wc -l
docker rm $(docker ps -aq --filter status=exited --filter label=batch) | wc -l
docker create --name created busybox >/dev/null 2>&1 || docker create --name created busybox true >/dev/null
docker container prune -f | grep -c '^[0-9a-f]\{64\}$'
docker ps -a --format '{{.Names}}'
docker kill kept
docker wait kept
docker rm kept
TEXT
  assert_rc 0
  assert_eq "$out" "3
3
1
kept
kept
137
kept"
}
run_tests
