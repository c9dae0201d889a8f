# shellcheck shell=bash
# outside.sh - another host for the network tests: the namespace `outside`, 10.9.0.2 and fd09::2, on a wire to this one,
# 10.9.0.1 and fd09::1, by which its default routes go. Sourced after e2e.sh.

make_outside() {
  [ ! -e /run/netns/outside ] || return 0
  ip netns add outside
  ip link add wire0 type veth peer name wire1 netns outside
  ip addr add 10.9.0.1/24 dev wire0
  ip addr add fd09::1/64 dev wire0 nodad
  ip link set wire0 up
  ip -n outside link set lo up
  ip -n outside addr add 10.9.0.2/24 dev wire1
  ip -n outside addr add fd09::2/64 dev wire1 nodad
  ip -n outside link set wire1 up
  ip -n outside route add default via 10.9.0.1
  ip -n outside route add default via fd09::1
}

remove_outside() {
  ip netns del outside 2>/dev/null
  ! mountpoint -q /run/netns || umount /run/netns
}

# outside ADDRESS:PORT: what a web server says there to the other host; nothing where nobody answers.
outside() { timeout 4 ip netns exec outside curl -s --max-time 2 "http://$1/" 2>/dev/null || true; }
