// The nftables table of a store, from its networks and from the ports that its containers have.
#pragma once

#include <string>
#include <vector>

#include "network/firewall.h"
#include "store/network_leases.h"
#include "store/store.h"

namespace minidock::engine {

network::Firewall firewall_of(const store::Store& store);
linux::NetlinkSocket open_filter();  // where its messages go

// Takes away what is stale and adds what is new, in one batch each; where the table is not as it should be, all anew,
// with the ports that the containers which are up, or this one, have in the book. Throws unsupported.
void update_firewall(store::Store& store, store::LeaseBook& book, const std::string& container,
                     const std::vector<store::PortLease>& stale, const std::vector<network::PublishedPort>& added);

// All anew, in one batch, with the ports of the containers that are up in the book. Throws unsupported.
void renew_firewall(store::Store& store, store::LeaseBook& book);
// Made anew from the rows; removed where there is no bridge network of which something is left.
void refresh_firewall(store::Store& store);
void remove_firewall(store::Store& store);

}  // namespace minidock::engine
