# Health checks: when they run, what their results come to, and that nothing of them stays.
. "$(dirname "$0")/../support/e2e.sh"

kCheck=(--health-interval 100ms --health-retries 2 --health-timeout 10s)
health_of() { minidock inspect -f '{{.State.Health.Status}}' "$1"; }
is_health() { [ "$(health_of "$1")" = "$2" ]; }
streak_is_over() { [ "$(minidock inspect -f '{{.State.Health.FailingStreak}}' "$1")" -gt "$2" ]; }
results() { minidock inspect -f '{{len .State.Health.Log}}' "$1"; }
has_results() { [ "$(results "$1")" -ge "$2" ]; }
id_of() { minidock inspect -f '{{.Id}}' "$1"; }
monitor_of() { sed -n 's/^monitor_pid=//p' "$MINIDOCK_RUN_ROOT/containers/$(id_of "$1")/state"; }
# The processes of this sandbox with this word among their arguments, and nothing of the shell that looks.
processes_with() {
  local file words word
  for file in /proc/[0-9]*/cmdline; do
    words=()
    mapfile -d '' words 2>/dev/null <"$file"
    for word in "${words[@]}"; do
      [ "$word" != "$1" ] || basename "${file%/cmdline}"
    done
  done
}
parent_of() { awk '{ print $4 }' "/proc/$1/stat"; }
no_processes_with() { [ -z "$(processes_with "$1")" ]; }
has_process_with() { [ -n "$(processes_with "$1")" ]; }

test_becomes_healthy_and_unhealthy_and_healthy_again() {
  image busybox
  minidock run -d --name web "${kCheck[@]}" --health-cmd 'echo looked; test -e /well' busybox sleep 1000 >/dev/null
  assert_eq "$(health_of web)" starting
  assert_match "$(minidock ps --format '{{.Status}}')" '^Up .* \(health: starting\)$'
  minidock exec web touch /well
  wait_until 10 is_health web healthy
  assert_match "$(minidock ps --format '{{.Status}}')" '^Up .* \(healthy\)$'
  assert_eq "$(minidock ps --filter health=healthy --format '{{.Names}}')" web
  minidock system check >/dev/null
  assert_empty "$(minidock ps --filter health=unhealthy --filter health=none -q)"
  assert_match "$(minidock inspect -f '{{json .State.Health.Log}}' web)" \
    '"Start":"20[^"]*Z","End":"20[^"]*Z","ExitCode":0,"Output":"looked\\n"'
  minidock exec web rm /well
  wait_until 10 is_health web unhealthy
  assert_match "$(minidock ps --format '{{.Status}}')" '^Up .* \(unhealthy\)$'
  wait_until 10 streak_is_over web 2
  assert_match "$(minidock why web)" 'it is unhealthy: its health check has failed [0-9]+ times in a row; .* status 1: looked'
  minidock exec web touch /well
  wait_until 10 is_health web healthy
  assert_eq "$(minidock inspect -f '{{.State.Health.FailingStreak}} {{len .State.Health.Log}}' web)" "0 5"
}

test_none_costs_nothing() {
  image busybox
  minidock run -d --name plain busybox sleep 1000 >/dev/null
  try minidock inspect -f '{{.State.Health.Status}}' plain
  assert_rc 1
  assert_eq "$(minidock inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' plain)" none
  assert_eq "$(minidock ps --filter health=none --format '{{.Names}} {{.Status}}' | sed 's/ .*Up.*/ Up/;s/ Up.*/ Up/')" "plain Up"
  assert_no_match "$(minidock ps --format '{{.Status}}')" 'health'
  assert_empty "$(ls "$MINIDOCK_RUN_ROOT/containers/$(id_of plain)" | grep health)"
  refused 125 'has no defined healthcheck' minidock healthcheck run plain
}

test_options_go_over_the_images() {
  image busybox
  minidock import -q -c 'HEALTHCHECK --interval=200ms --retries=7 CMD ["test", "-e", "/well"]' "$(fixture busybox)" checked >/dev/null
  minidock run -d --name own checked sleep 1000 >/dev/null
  assert_eq "$(minidock inspect -f '{{json .Config.Healthcheck}}' own)" \
    '{"Interval":200000000,"Retries":7,"Test":["CMD","test","-e","/well"]}'
  minidock exec own touch /well
  wait_until 10 is_health own healthy
  minidock run -d --name mixed --health-interval 100ms --health-cmd true checked sleep 1000 >/dev/null
  assert_eq "$(minidock inspect -f '{{json .Config.Healthcheck}}' mixed)" \
    '{"Interval":100000000,"Retries":7,"Test":["CMD-SHELL","true"]}'
  wait_until 10 is_health mixed healthy
  minidock run -d --name off --no-healthcheck checked sleep 1000 >/dev/null
  assert_eq "$(minidock inspect -f '{{json .Config.Healthcheck.Test}}' off)" '["NONE"]'
  assert_no_match "$(minidock ps --filter name=off --format '{{.Status}}')" 'health'
  # commit keeps what the container was asked for.
  minidock commit mixed again >/dev/null
  assert_contains "$(minidock inspect -f '{{json .Config.Healthcheck}}' again)" '"CMD-SHELL","true"'
}

test_refusals() {
  image busybox
  refused 125 'Interval in Healthcheck cannot be less than 1ms' minidock run --health-cmd true --health-interval 10us busybox true
  refused 125 'StartPeriod in Healthcheck cannot be less than 1ms' \
    minidock run --health-cmd true --health-start-period 1ns busybox true
  refused 125 'conflicts with --health-' minidock run --no-healthcheck --health-cmd true busybox true
  refused 125 'supported actions are none,kill,restart,stop' minidock run --health-on-failure foo busybox true
  refused 125 'cannot set on-failure action to kill without a health check' \
    minidock run --health-on-failure kill busybox true
  refused 1 'Unrecognised filter value for health: foo' minidock ps --filter health=foo
  assert_empty "$(minidock ps -aq)"
}

test_failures_of_the_start_period_do_not_count() {
  image busybox
  minidock run -d --name slow --health-cmd 'test -e /well' --health-interval 1h --health-retries 1 \
    --health-start-period 1h --health-start-interval 50ms busybox sleep 1000 >/dev/null
  wait_until 10 has_results slow 5
  assert_eq "$(health_of slow)" starting
  assert_eq "$(minidock inspect -f '{{.State.Health.FailingStreak}}' slow)" 0
  minidock exec slow touch /well
  wait_until 10 is_health slow healthy
  # From then on the long interval holds: nothing comes any more.
  local before
  before=$(minidock inspect -f '{{json .State.Health.Log}}' slow)
  sleep 0.5
  assert_eq "$(minidock inspect -f '{{json .State.Health.Log}}' slow)" "$before"
}

# The probe's children too, also one in a session of its own whose parent has ended.
test_a_time_out_kills_all_that_the_probe_started() {
  image busybox
  minidock run -d --name hangs --health-interval 100ms --health-retries 1 --health-timeout 2s --health-cmd \
    'test ! -e /once || exit 1; echo hello; setsid sleep 7001 & (setsid sleep 7002 &); touch /once; sleep 7003' \
    busybox sleep 1000 >/dev/null
  wait_until 10 has_process_with 7002
  wait_until 10 is_health hangs unhealthy
  no_processes_with 7001
  no_processes_with 7002
  no_processes_with 7003
  minidock exec hangs test -e /once
  assert_eq "$(minidock inspect -f '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}}{{end}}' hangs | head -1)" \
    "-1 Health check exceeded timeout (2s): hello"
}

# One that makes processes faster than they are killed, up to the container's limit.
test_a_time_out_ends_a_fork_bomb() {
  image busybox
  minidock run -d --init --name bomb --pids-limit 40 --health-interval 100ms --health-retries 1 --health-timeout 2s \
    --health-cmd 'test ! -e /once || exit 0; b() { b & b & wait; b; }; b & touch /once; sleep 7032' \
    busybox sleep 1000 >/dev/null
  wait_until 30 is_health bomb healthy
  no_processes_with 7032
  is_alone() { [ "$(minidock top bomb | wc -l)" = 3 ]; }
  wait_until 5 is_alone
  assert_match "$(minidock inspect -f '{{json .State.Health.Log}}' bomb)" 'exceeded timeout \(2s\)'
}

# It ends with the probe, though it would write for ever.
test_what_a_probe_leaves_in_the_background_ends_with_it() {
  image busybox
  minidock run -d --name noisy --health-interval 100ms --health-cmd 'yes 7041 & sleep 0.1' busybox sleep 1000 >/dev/null
  wait_until 10 is_health noisy healthy
  wait_until 10 has_results noisy 3
  minidock kill noisy >/dev/null
  wait_until 2 no_processes_with 7041
  assert_match "$(minidock inspect -f '{{json .State.Health.Log}}' noisy)" '7041\\n7041'
}

test_a_probe_that_cannot_start_has_failed() {
  image busybox
  minidock import -q -c 'HEALTHCHECK --interval=100ms --retries=1 CMD ["/nope"]' "$(fixture busybox)" wrong >/dev/null
  minidock run -d --name wrong wrong sleep 1000 >/dev/null
  wait_until 10 is_health wrong unhealthy
  assert_match "$(minidock inspect -f '{{range .State.Health.Log}}{{.ExitCode}} {{.Output}};{{end}}' wrong)" '^-1 .*/nope'
}

test_on_failure_kill_stop_restart() {
  image busybox
  local action
  for action in kill stop; do
    minidock run -d --name "$action" "${kCheck[@]}" --health-cmd 'echo gone; false' --health-on-failure $action \
      --stop-timeout 1 busybox sleep 1000 >/dev/null
  done
  wait_until 20 is_exited kill
  assert_eq "$(minidock wait kill)" 137
  wait_until 20 is_exited stop
  for action in kill stop; do
    assert_match "$(minidock why $action)" "health check had failed [0-9]+ times in a row, for which --health-on-failure $action ended it; .*: gone"
    assert_eq "$(health_of $action)" unhealthy
  done
  minidock run -d --name again "${kCheck[@]}" --health-cmd false --health-on-failure restart --stop-timeout 0 \
    busybox sleep 1000 >/dev/null
  local before
  before=$(container_pid again)
  is_another() { is_running again && [ "$(container_pid again)" != "$before" ]; }
  wait_until 20 is_another
  assert_eq "$(minidock inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.Config.HealthcheckOnFailureAction}}' again)" "no restart"
}

# A container that its health check killed has failed, and its restart policy says what follows.
test_a_restart_policy_follows_the_kill() {
  image busybox
  minidock run -d --name always --restart always "${kCheck[@]}" --health-cmd false --health-on-failure kill \
    busybox sleep 1000 >/dev/null
  has_been_restarted() { [ "$(minidock inspect -f '{{.RestartCount}}' always)" -ge 1 ]; }
  wait_until 20 has_been_restarted
  is_new() { is_running always && [ "$(results always)" -le 1 ]; }
  wait_until 10 is_new
}

test_a_new_run_starts_afresh() {
  image busybox
  minidock run -d --name anew --health-interval 100ms --health-cmd true busybox sleep 1000 >/dev/null
  wait_until 10 is_health anew healthy
  minidock stop -t 0 anew >/dev/null
  assert_eq "$(health_of anew)" unhealthy
  minidock run -d --name later --health-interval 1h --health-cmd true busybox sleep 1000 >/dev/null
  minidock healthcheck run later
  assert_eq "$(health_of later) $(results later)" "healthy 1"
  minidock restart -t 0 later >/dev/null
  assert_eq "$(health_of later) $(results later)" "starting 0"
  minidock start anew >/dev/null
  wait_until 10 is_health anew healthy
}

test_no_probe_while_paused() {
  image busybox
  minidock run -d --name held --health-interval 50ms --health-cmd 'echo x >>/count' busybox sleep 1000 >/dev/null
  wait_until 10 is_health held healthy
  minidock pause held >/dev/null
  sleep 0.2 # for one that was under way
  local before
  before=$(minidock inspect -f '{{json .State.Health.Log}}' held)
  sleep 0.5
  assert_eq "$(minidock inspect -f '{{json .State.Health.Log}}' held)" "$before"
  refused 125 'is paused' minidock healthcheck run held
  minidock unpause held >/dev/null
  goes_on() { [ "$(minidock inspect -f '{{json .State.Health.Log}}' held)" != "$before" ]; }
  wait_until 10 goes_on
  assert_eq "$(health_of held)" healthy
}

# One that stands still for longer than its time has not failed.
test_a_pause_during_a_probe_is_not_its_fault() {
  image busybox
  minidock run -d --name held --health-interval 50ms --health-timeout "${MINIDOCK_PATIENCE:-1}s" --health-retries 1 \
    --health-cmd 'test -e /quick || sleep 0.8' busybox sleep 1000 >/dev/null
  has_probe() { has_process_with 0.8; }
  wait_until 10 has_probe
  minidock pause held >/dev/null
  sleep "${MINIDOCK_PATIENCE:-1}.5"
  minidock unpause held >/dev/null
  minidock exec held touch /quick
  wait_until 10 is_health held healthy
  assert_no_match "$(minidock inspect -f '{{json .State.Health.Log}}' held)" 'exceeded'
}

test_the_guard_goes_on_with_the_probes() {
  image busybox
  minidock run -d --name lives --health-interval 100ms --health-cmd 'test -e /well' busybox sleep 1000 >/dev/null
  wait_until 10 has_results lives 1
  kill -9 "$(monitor_of lives)"
  minidock exec lives touch /well
  wait_until 10 is_health lives healthy
}

# Killed while a probe is under way: that one comes to its end, and no other beside it.
test_no_probe_overlaps_with_the_one_before() {
  image busybox
  minidock run -d --name one --health-interval 50ms --health-timeout 20s --health-cmd \
    'mkdir /busy || touch /overlap; sleep 0.3; rmdir /busy' busybox sleep 1000 >/dev/null
  is_busy() { minidock exec one test -e /busy; }
  wait_until 10 is_busy
  kill -9 "$(monitor_of one)"
  wait_until 20 has_results one 3
  minidock healthcheck run one
  wait_until 20 has_results one 5
  try minidock exec one test -e /overlap
  assert_rc 1
}

test_nothing_is_left_after_a_removal_during_a_probe() {
  image busybox
  local mode
  for mode in private host; do
    minidock run -d --name gone --pid $mode --health-interval 50ms --health-timeout 60s --health-cmd \
      'setsid sleep 7011 & sleep 7012' busybox sleep 1000 >/dev/null
    wait_until 10 has_process_with 7011
    minidock rm -f gone >/dev/null
    wait_until 2 no_processes_with 7011
    wait_until 2 no_processes_with 7012
    wait_until 2 no_processes_with __health
    assert_no_leftovers
  done
  minidock run -d --rm --name short --health-interval 20ms --health-cmd 'sleep 7013' busybox sleep 0.7 >/dev/null
  wait_until 10 no_containers
  wait_until 2 no_processes_with 7013
  assert_no_leftovers
}

# What a probe leaves whose own processes were killed ends before the next: by its own monitor at its time, or by who
# comes next.
test_a_killed_probe_is_cleared_away() {
  image busybox
  local who pid ancestor
  for who in monitor command; do
    minidock run -d --name torn --health-interval 100ms --health-timeout 6s --health-cmd \
      'test ! -e /once || exit 0; touch /once; setsid sleep 7021 & sleep 7022; true' busybox sleep 1000 >/dev/null
    wait_until 10 has_process_with 7021
    wait_until 10 has_process_with 7022
    pid=$(processes_with 7022)
    ancestor=$(parent_of "$(parent_of "$pid")") # its shell's monitor
    [ $who = monitor ] || ancestor=$(parent_of "$ancestor")
    kill -9 "$ancestor"
    if [ $who = monitor ]; then
      wait_until 10 is_health torn healthy
      assert_match "$(minidock inspect -f '{{json .State.Health.Log}}' torn)" "the probe's monitor was killed"
    else
      sleep 0.5
      has_process_with 7022
      assert_eq "$(results torn)" 0
      wait_until 20 is_health torn healthy
    fi
    no_processes_with 7021
    no_processes_with 7022
    minidock rm -f torn >/dev/null
  done
}

test_a_check_by_hand() {
  image busybox
  minidock run -d --name hand --health-interval 1h --health-retries 2 --health-cmd 'test -e /well' busybox sleep 1000 >/dev/null
  try minidock healthcheck run hand
  assert_rc 1
  assert_eq "$out" starting
  try minidock healthcheck run hand
  assert_rc 1
  assert_eq "$out" unhealthy
  minidock exec hand touch /well
  try minidock healthcheck run hand
  assert_rc 0
  assert_empty "$out$err"
  assert_eq "$(health_of hand)" healthy
  minidock kill hand >/dev/null
  minidock wait hand >/dev/null
  refused 125 'is not running' minidock healthcheck run hand
  refused 125 'No such container: nope' minidock healthcheck run nope
  try minidock healthcheck run
  assert_ne "$rc" 0
}

run_tests
