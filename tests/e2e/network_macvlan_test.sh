#!/bin/bash
# Networks of macvlan: containers as hosts of the network that an interface of the host is in. The network is a wire to
# another namespace, which answers at 10.91.0.1.
. "$(dirname "$0")/../support/e2e.sh"
unset MINIDOCK_NETWORK

make_outside() {
  ip netns add outside 2>/dev/null || return 0
  ip link add wire0 type veth peer name wire1 netns outside
  ip link set wire0 up
  ip -n outside link set lo up
  ip -n outside addr add 10.91.0.1/24 dev wire1
  ip -n outside link set wire1 up
  ip -n outside addr add 10.92.0.1/32 dev lo
}
reaches() { minidock exec "$1" busybox ping -c 1 -W 2 "$2" >/dev/null 2>&1; }
address() { minidock inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }

test_hosts_of_the_parents_network() {
  image busybox
  make_outside
  ip addr add 10.91.0.9/24 dev wire0 # the host is in it too: no reason to refuse the subnet
  minidock network create -d macvlan -o parent=wire0 --subnet 10.91.0.0/24 --gateway 10.91.0.1 \
    --ip-range 10.91.0.64/26 lan >/dev/null
  minidock run -d --name aa --network lan -p 8310:80 busybox sleep 1000 >/dev/null
  minidock run -d --name bb --network lan --ip 10.91.0.200 --mac-address 02:00:00:00:00:07 busybox sh -c \
    'mkdir /w; echo bb >/w/index.html; exec busybox httpd -f -p 80 -h /w' >/dev/null
  assert_match "$(address aa lan)" '^10\.91\.0\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])$'
  assert_contains "$(minidock exec bb busybox ip link show eth0)" 02:00:00:00:00:07
  reaches aa 10.91.0.1 || fail "no way to the network"
  reaches aa 10.92.0.1 || fail "no way beyond its gateway"
  reaches aa 10.91.0.200 || fail "no way to each other"
  assert_eq "$(timeout 4 ip netns exec outside curl -s --max-time 2 http://10.91.0.200/)" bb
  assert_eq "$(minidock exec aa busybox ip route | awk '/^default/ { print $3 }')" 10.91.0.1
  assert_eq "$(minidock port aa)" ""
  assert_eq "$(minidock network inspect -f '{{.Driver}} {{len .Containers}} {{.Options.parent}}' lan)" "macvlan 2 wire0"
  refused 1 "network lan is already using parent interface wire0" \
    minidock network create -d macvlan -o parent=wire0 --subnet 10.93.0.0/24 other
  refused 125 "Address already in use: 10.91.0.200" minidock run --rm --network lan --ip 10.91.0.200 busybox true
  minidock rm -f aa bb >/dev/null
  # A container that is up, and one on a bridge besides, where its port goes.
  minidock run -d --name cc -p 8311:80 busybox sleep 1000 >/dev/null
  minidock network connect lan cc
  reaches cc 10.91.0.1 || fail "no way to the network that it was connected to"
  assert_eq "$(minidock exec cc busybox ip route | awk '/^default/ { print $5 }')" eth0
  assert_eq "$(minidock port cc)" "80/tcp -> 0.0.0.0:8311"
  minidock network disconnect lan cc
  assert_eq "$(minidock exec cc busybox ip -o link | grep -c eth)" 1
  minidock rm -f cc >/dev/null
  ip addr del 10.91.0.9/24 dev wire0
  minidock network rm lan >/dev/null
  assert_eq "$(ip -br link show type macvlan)" ""
}

test_a_parent_that_is_gone() {
  image busybox
  ip link add gone0 type veth peer name gone1
  minidock network create -d macvlan -o parent=gone0 --subnet 10.94.0.0/24 lost >/dev/null
  ip link del gone0
  refused 125 "its parent, the interface gone0, is not there" minidock run --rm --network lost busybox true
  minidock network rm lost >/dev/null
  refused 1 "there is no interface gone0" minidock network create -d macvlan -o parent=gone0 lost
  refused 1 "loopback interface is not a valid macvlan parent link" minidock network create -d macvlan -o parent=lo lost
  refused 1 "requested macvlan mode 'x' is not valid" minidock network create -d macvlan -o macvlan_mode=x lost
}

test_without_a_parent() {
  image busybox
  make_outside
  minidock network create -d macvlan --subnet 10.95.0.0/24 apart >/dev/null
  assert_eq "$(minidock network inspect -f '{{.Internal}}' apart)" true
  minidock run -d --name aa --network apart busybox sleep 1000 >/dev/null
  minidock run -d --name bb --network apart busybox sleep 1000 >/dev/null
  reaches aa bb || fail "no way to each other"
  assert_eq "$(minidock exec aa busybox ip route | grep -c default)" 0
  ! reaches aa 10.91.0.1 || fail "there is a way out"
  minidock rm -f aa bb >/dev/null
  minidock network rm apart >/dev/null
  assert_eq "$(ip -br link | grep -c '^dm-' || true)" 0
}

after_tests() {
  ip netns del outside 2>/dev/null
  ! mountpoint -q /run/netns || umount /run/netns
  minidock system check
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
