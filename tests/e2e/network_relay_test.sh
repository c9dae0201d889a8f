#!/bin/bash
# Published ports at ::1, which the kernel's rules cannot lead from: the monitor passes on what comes there.
. "$(dirname "$0")/../support/e2e.sh"
unset MINIDOCK_NETWORK

is_bound() { minidock exec web sh -c "cat /proc/net/$1 /proc/net/${1}6 2>/dev/null" | grep -qi ":0050 "; }
# Echoes each connection until its end, by TCP; each datagram, by UDP. On both families.
readonly echo_server='
import socket, threading
def tcp():
    listener = socket.create_server(("::", 80), family=socket.AF_INET6, dualstack_ipv6=True, backlog=100)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()
def talk(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)
        connection.sendall(b"bye")
threading.Thread(target=tcp, daemon=True).start()
asked = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
asked.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
asked.bind(("::", 80))
while True:
    data, address = asked.recvfrom(65536)
    asked.sendto(data, address)'

# up OPTION…: `web` serves at port 80.
up() {
  image busybox
  minidock run -d --name web "$@" busybox sleep 1000 >/dev/null
  nsenter -t "$(container_pid web)" -n -p python3 -c "$echo_server" &  # the host's program; it ends with the container
  wait_until 5 is_bound tcp
  wait_until 5 is_bound udp
}

# talk tcp|udp ADDRESS PORT [SIZE]: what comes back of SIZE bytes of its own ("same", or an error), and then.
talk() {
  timeout 20 python3 - "$@" <<'P' 2>&1 | tail -1
import os, socket, sys, threading
way, address, port, size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int((sys.argv[4:] or ["1000"])[0])
data = os.urandom(size)
if way == "udp":
    asker = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    asker.settimeout(2)
    asker.connect((address, port))
    for _ in range(3):
        asker.send(data)
        assert asker.recv(65536) == data
    print("same")
    sys.exit()
connection = socket.create_connection((address, port), 5)
def send():
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
got = b""
while part := connection.recv(65536):
    got += part
print("same" if got == data + b"bye" else f"{len(got)} bytes of {size}")
P
}

test_by_both_protocols() {
  up -p 8080:80 -p 8080:80/udp
  assert_eq "$(talk tcp ::1 8080) $(talk udp ::1 8080)" "same same"
  assert_eq "$(talk tcp ::1 8080 5000000)" same
  assert_eq "$(talk udp ::1 8080 20000)" same
  assert_eq "$(talk tcp 127.0.0.1 8080)" same
  minidock stop -t 0 web >/dev/null
  assert_match "$(talk tcp ::1 8080)" ConnectionRefused
  minidock rm web >/dev/null
}

test_on_a_network_with_ipv6() {
  image busybox
  minidock network create --ipv6 six >/dev/null
  up --network six -p 8080:80 -p 8080:80/udp -p '[::1]:8081:80'
  assert_eq "$(talk tcp ::1 8080) $(talk udp ::1 8080) $(talk tcp ::1 8081)" "same same same"
  # From elsewhere the rules lead, and where those are gone nothing does: the socket there is for ::1 alone.
  ip addr add fd77::1/128 dev lo
  assert_eq "$(talk tcp fd77::1 8080)" same
  nft flush ruleset
  assert_ne "$(talk tcp fd77::1 8080)" same
  assert_eq "$(talk udp ::1 8080)" same
  ip addr del fd77::1/128 dev lo
  minidock rm -f web >/dev/null
}

test_only_where_it_is_published_for_all() {
  up -p 127.0.0.1:8080:80
  assert_match "$(talk tcp ::1 8080)" ConnectionRefused
  # Somebody else's ::1 is his.
  python3 -c 'import socket; s = socket.create_server(("::1", 8090), family=socket.AF_INET6); s.accept()[0].send(b"other")' &
  wait_until 5 eval 'ss -ltn | grep -q "\[::1\]:8090"'
  minidock run -d --name two -p 8090:80 busybox sleep 1000 >/dev/null
  assert_eq "$(timeout 5 python3 -c 'import socket; print(socket.create_connection(("::1", 8090)).recv(9))')" "b'other'"
}

test_many_at_once() {
  up -p 8080:80 -p 8080:80/udp
  local i all=()
  for i in 1 2 3 4 5 6 7 8 9 10; do
    (assert_eq "$(talk tcp ::1 8080 300000)" same) &
    all+=($!)
    (assert_eq "$(talk udp ::1 8080 500)" same) &
    all+=($!)
  done
  for i in "${all[@]}"; do wait "$i"; done
  # More than it serves at once: the rest is turned away, and afterwards all is as before.
  python3 - <<'P'
import socket
held = [socket.create_connection(("::1", 8080), 5) for _ in range(70)]
ends = 0
for connection in held:
    connection.settimeout(0.3)
    try:
        connection.sendall(b"x")
        ends += connection.recv(1) != b"x"
    except OSError:
        ends += 1
assert 6 <= ends < 20, ends
P
  wait_until 5 eval '[ "$(talk tcp ::1 8080)" = same ]'
  minidock rm -f web >/dev/null
  assert_empty "$(pgrep -x minidock-relay)" "what still passes something on"
}

test_a_port_that_nobody_serves_is_refused() {
  image busybox
  minidock run -d --name web -p 8080:80 busybox sleep 1000 >/dev/null
  assert_match "$(talk tcp ::1 8080)" "ConnectionReset|BrokenPipe"
}

test_the_guard_goes_on() {
  up -p 8080:80 -p 8080:80/udp
  kill -9 "$(monitor_of web)"
  wait_until 5 eval '[ "$(talk tcp ::1 8080)" = same ]'
  assert_eq "$(talk udp ::1 8080)" same
  minidock restart -t 0 web >/dev/null
  assert_match "$(talk tcp ::1 8080)" "ConnectionReset|BrokenPipe"  # nobody serves there now
}

test_hundreds_of_ports() {
  up -p 8080:80 -p 9000-9299:9000-9299
  assert_eq "$(talk tcp ::1 8080)" same
  assert_eq "$(ss -ltnH 'src [::1]' | wc -l)" 253  # the most that a monitor listens for
  minidock rm -f web >/dev/null
}

after_tests() {
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
