// Names of containers on networks: files, which each container's monitor looks up when it is asked
// (monitor/helper/names.h has the form of them).
//
//   RUN/containers/<container>/up           locked as long as the container is up, by whoever has it open: the command
//                                           that starts it, then its monitor and guard
//   RUN/networks/.containers/<container>    what its monitor answers from, and takes away when it ends
//   RUN/networks/<network>/<key>/<container>     "IPV4|- IPV6|- NAME"; a key is a lower-case name, or an address's text
//
// A name counts as long as its container's `up` is locked. Whoever changes something here but by its container's end
// has the leases' transaction (store::LeaseBook).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "engine/network_record.h"
#include "runtime/plan.h"
#include "store/network_leases.h"
#include "store/store.h"

namespace minidock::engine {

struct NamedContainer {
  std::string id, name, hostname;  // hostname: "" for none
};

// What a container has of it. Keeps no file open.
struct NameList {
  struct Place {
    std::string network_id, network;  // the latter: its name
    std::vector<std::string> keys;    // that the container is found by there
  };
  std::vector<std::string> servers;  // addresses; whom its monitor asks what no network knows
  std::vector<Place> places;         // networks of one's own: the default one has no names
};

// The keys at one place: what no file could be called is left out.
std::vector<std::string> name_keys(const NamedContainer& container, const EndpointRecord& endpoint);
NameList list_names(const NamedContainer& container, const NetworkRecord& record, std::vector<std::string> servers);
std::string to_text(const NameList& list);
NameList parse_name_list(std::string_view text);

// `up` of a container which is about to start: to be kept open as long as it is up.
Fd hold_up(const std::string& run_directory);

// Makes the names and the list, in the place of what the container had before.
void publish_names(const store::Store& store, const NamedContainer& container, const NetworkRecord& record,
                   const NameList& list);
// Of a container that is up and has another name now.
void rename_names(store::Store& store, const NamedContainer& container);
// All that is in the list, and then the list.
void withdraw_names(const store::Store& store, const std::string& container) noexcept;
bool has_names(const store::Store& store, const std::string& container);  // a list, even an empty one
bool is_up(const store::Store& store, const std::string& container);      // by the lock
std::vector<std::string> list_named(const store::Store& store);           // containers that have a list

// Whether somebody answers at 127.0.0.11 in a container of these networks. `host_text` is the host's resolv.conf.
bool has_resolver(const NetworkRecord& record, const std::vector<std::string>& own_servers, std::string_view host_text);
// Whom it asks what no network knows: nobody where no network leads out.
std::vector<std::string> servers_behind(const NetworkRecord& record, const std::vector<std::string>& own_servers,
                                        std::string_view host_text);
// Of a container that has: the rules that lead there, within its namespace.
runtime::NetworkRequest resolver_request();

// Names of containers that are not up, as paths: network_leaving.h takes them away.
std::vector<std::string> list_dead_names(const store::Store& store);
void discard_names(const store::Store& store, const std::string& network_id);  // of a network that goes

}  // namespace minidock::engine
