#!/bin/bash
# Other firewalls of the host: what shuts containers off is told, once, with the line that opens it; and it is left alone.
. "$(dirname "$0")/../support/e2e.sh"
. "$(dirname "$0")/../support/outside.sh"
unset MINIDOCK_NETWORK
requires nft

serve() {
  minidock run -d --name web -p 8080:80 busybox sh -c 'mkdir /w; echo web >/w/index.html; exec httpd -f -p 80 -h /w' >/dev/null
  wait_until 5 minidock exec web wget -q -O - http://127.0.0.1/
}
# silent COMMAND…: it succeeds and warns of nothing.
silent() {
  try "$@"
  assert_rc 0
  assert_empty "$err" "standard error"
}

# shellcheck disable=SC2086
rules_of() { nft list table $1 | sed 's/packets [0-9]* bytes [0-9]*//'; }

# Each way in which a table shuts the forward hook; and that the line of the warning opens it.
test_a_chain_that_shuts_containers_off_is_told_with_what_opens_it() {
  image busybox
  make_outside
  local name rules before line
  while IFS='|' read -r name rules; do
    nft "$rules"
    before=$(rules_of "$name")
    try minidock run --rm busybox true
    assert_rc 0
    assert_match "$err" "^WARNING: the firewall of this host, chain forward of table $name, drops what it does not know: "
    assert_contains "$err" "containers of network bridge reach nobody beyond the host"
    line=${err##*: }
    silent minidock run --rm busybox true
    serve
    assert_eq "$(outside 10.9.0.1:8080)" ""
    minidock rm -f web >/dev/null
    assert_eq "$(rules_of "$name")" "$before" "the other's table"
    eval "$line"
    serve
    assert_eq "$(outside 10.9.0.1:8080)" web
    assert_eq "$(minidock exec web ping -c 1 -W 2 10.9.0.2 | grep -c '1 packets received')" 1
    minidock rm -f web >/dev/null
    silent minidock run --rm busybox true
    # shellcheck disable=SC2086
    nft delete table $name
  done <<'END'
inet ours|table inet ours { chain forward { type filter hook forward priority 0; policy drop; }; }
ip filter|table ip filter { chain forward { type filter hook forward priority 10; policy drop; ct state established accept; }; }
inet firewalld|table inet firewalld { chain forward { type filter hook forward priority 10; ct state established accept; jump more; counter log reject with icmpx admin-prohibited; }; chain more { iifname "eth7" accept; }; }
END
}

test_what_shuts_nobody_off_is_not_told() {
  image busybox
  nft 'table inet good { chain forward { type filter hook forward priority 0; tcp dport 25 drop; iifname "eth7" reject; };
    chain input { type filter hook input priority 0; policy drop; iifname "lo" accept; ct state established accept; };
    chain other { drop; }; }'
  nft 'table ip6 six { chain forward { type filter hook forward priority 0; policy drop; }; }'
  nft 'table ip aware { chain mine { }; chain forward { type filter hook forward priority 0; policy drop; jump mine; };
    chain mine { iifname "minidock0" accept; oifname "minidock0" accept; }; }'
  silent minidock run --rm busybox true
  nft delete table ip aware
  nft 'table ip shut { chain forward { type filter hook forward priority 0; policy drop; }; }'
  minidock network create --internal inner >/dev/null
  silent minidock run --rm --network inner busybox true
  silent minidock run --rm --network none busybox true
  silent minidock run --rm --network host busybox true
  minidock network rm inner >/dev/null
  nft delete table ip shut
  nft delete table inet good
  nft delete table ip6 six
}

test_each_network_is_told_once_as_long_as_it_is_so() {
  image busybox
  nft 'table ip shut { chain forward { type filter hook forward priority 0; policy drop; }; }'
  nft 'table ip6 six { chain forward { type filter hook forward priority 0; policy drop; }; }'
  minidock network create --ipv6 more >/dev/null
  try minidock create --name box busybox true
  assert_empty "$err"
  try minidock start box
  assert_contains "$err" "containers of network bridge"
  try minidock run --rm --network more --network bridge busybox true
  assert_eq "$(grep -c 'containers of network more' <<<"$err") $(grep -c 'containers of network bridge' <<<"$err")" "2 0"
  silent minidock start box
  silent minidock run --rm --network more busybox true
  nft delete table ip shut
  silent minidock start box
  nft 'table ip shut { chain forward { type filter hook forward priority 0; policy drop; }; }'
  try minidock start box
  assert_contains "$err" "chain forward of table ip shut"
  silent minidock run --rm --network more busybox true
  nft delete table ip shut
  nft delete table ip6 six
  minidock rm box >/dev/null
  minidock network rm more >/dev/null
}

after_tests() {
  remove_outside
  minidock system reset -f >/dev/null
  minidock info >/dev/null
}
run_tests
