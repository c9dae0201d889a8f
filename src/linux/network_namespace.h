// A network namespace that is not ours: a child enters it (setns(2)), and hands back a socket that stays there.
#pragma once

#include <map>
#include <string>

#include "base/fd.h"
#include "linux/netlink_message.h"

namespace minidock::linux {

// `network` is borrowed. First the settings are made there: sysctls by name, "net.ipv6.conf.eth0.accept_ra".
NetlinkSocket open_netlink_in(int network, int protocol, const std::map<std::string, std::string>& settings = {});

}  // namespace minidock::linux
