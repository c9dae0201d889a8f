#include "engine/network_names.h"

#include <linux/netlink.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/identity_files.h"
#include "engine/networks.h"
#include "monitor/frame.h"
#include "network/query_redirect.h"
#include "store/network_leases.h"

namespace minidock::engine {

namespace {

constexpr const char* kUp = "up";
constexpr size_t kMostName = 253;  // RFC 1035: what can be asked for; fewer than a file name may have

std::string names_root(const store::Store& store) {
  return cat(store.location().run_root, "/", monitor::kNamesDirectory);
}

std::string names_directory(const store::Store& store, const std::string& network_id) {
  return cat(names_root(store), "/", network_id);
}

std::string list_path(const store::Store& store, const std::string& container) {
  return cat(store.location().run_root, "/", monitor::kNameLists, "/", container);
}

bool can_be_asked(std::string_view key) {
  const auto is_good = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' ||
           byte == ':';
  };
  return !key.empty() && key.size() <= kMostName && key[0] != '.' && std::all_of(key.begin(), key.end(), is_good);
}

void remove_name(const std::string& path) {
  ::unlink(path.c_str());
  ::rmdir(path.substr(0, path.rfind('/')).c_str());  // where it was the last one
}

// race: monitors take a directory away with its last name.
template <typename Make>
void make_in(const std::string& directory, const std::string& path, Make make) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    ensure_dirs(directory, 0700);
    ::unlink(path.c_str());  // of a run that ended without a word, or of what is replaced
    if (make()) return;
    if (errno != ENOENT) break;
  }
  throw_errno("make the name ", path);
}

std::string word_of(const std::string& address) {
  return address.empty() ? "-" : address;
}

std::vector<std::string> list_if_there(const std::string& path) {
  try {
    return list_dir(AT_FDCWD, path);
  } catch (const Error&) {
    return {};  // race: its last name has gone
  }
}

void drop_dead(const store::Store& store, const std::string& place) {
  for (const std::string& container : list_dir(AT_FDCWD, place)) {
    if (!is_up(store, container)) ::unlink(cat(place, "/", container).c_str());
  }
}

void publish_at(const store::Store& store, const NamedContainer& container, const EndpointRecord& endpoint,
                const NameList::Place& place) {
  const std::string directory = names_directory(store, place.network_id);
  const std::string members = cat(directory, "/", monitor::kMembersKey), member = cat(members, "/", container.id);
  make_in(members, member, [&] {
    const Fd file(::open(member.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file) write_all(file.get(), cat(word_of(endpoint.ipv4), " ", word_of(endpoint.ipv6), " ", container.name));
    return static_cast<bool>(file);
  });
  for (const std::string& key : place.keys) {
    const std::string own = cat(directory, "/", key), path = cat(own, "/", container.id);
    make_in(own, path, [&] { return ::link(member.c_str(), path.c_str()) == 0; });
    try {
      drop_dead(store, own);
    } catch (const Error&) {
      // Whoever asks passes over them too.
    }
  }
}

// What `list` has and `kept` has not.
void withdraw(const store::Store& store, const std::string& container, const NameList& list, const NameList& kept) {
  for (const NameList::Place& place : list.places) {
    const auto same = std::find_if(kept.places.begin(), kept.places.end(), [&place](const NameList::Place& other) {
      return other.network_id == place.network_id;
    });
    const bool stays = same != kept.places.end();
    const std::string directory = names_directory(store, place.network_id);
    for (const std::string& key : place.keys) {
      if (stays && std::find(same->keys.begin(), same->keys.end(), key) != same->keys.end()) continue;
      remove_name(cat(directory, "/", key, "/", container));
    }
    if (!stays) remove_name(cat(directory, "/", monitor::kMembersKey, "/", container));
  }
}

}  // namespace

bool is_up(const store::Store& store, const std::string& container) {
  const auto file = find_file(AT_FDCWD, cat(store.run_directory(container), "/", kUp), O_RDONLY | O_NOFOLLOW);
  return file && !try_lock_file(file->get());
}

std::vector<std::string> name_keys(const NamedContainer& container, const EndpointRecord& endpoint) {
  constexpr size_t kShortId = 12;
  std::vector<std::string> wanted = {container.name, container.id.substr(0, kShortId), container.hostname,
                                     endpoint.ipv4, endpoint.ipv6};
  wanted.insert(wanted.end(), endpoint.aliases.begin(), endpoint.aliases.end());
  std::vector<std::string> out;
  for (std::string& key : wanted) {
    std::transform(key.begin(), key.end(), key.begin(),
                   [](char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; });
    if (can_be_asked(key) && std::find(out.begin(), out.end(), key) == out.end()) out.push_back(std::move(key));
  }
  return out;
}

NameList list_names(const NamedContainer& container, const NetworkRecord& record, std::vector<std::string> servers) {
  NameList out;
  out.servers = std::move(servers);
  for (const EndpointRecord& endpoint : record.endpoints) {
    if (endpoint.network == kDefaultNetwork) continue;
    out.places.push_back({endpoint.network_id, endpoint.network, name_keys(container, endpoint)});
  }
  return out;
}

std::string to_text(const NameList& list) {
  std::string out;
  for (const std::string& server : list.servers) out += cat(monitor::kServerWord, " ", server, "\n");
  for (const NameList::Place& place : list.places) {
    out += cat(monitor::kNetworkWord, " ", place.network_id, " ", place.network);
    for (const std::string& key : place.keys) out += cat(" ", key);
    out += "\n";
  }
  return out;
}

NameList parse_name_list(std::string_view text) {
  NameList out;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> words = split(line, ' ');
    if (words.size() == 2 && words[0] == monitor::kServerWord) out.servers.push_back(std::move(words[1]));
    if (words.size() < 3 || words[0] != monitor::kNetworkWord) continue;
    out.places.push_back({std::move(words[1]),
                          std::move(words[2]),
                          {std::make_move_iterator(words.begin() + 3), std::make_move_iterator(words.end())}});
  }
  return out;
}

Fd hold_up(const std::string& run_directory) {
  Fd file = open_file(AT_FDCWD, cat(run_directory, "/", kUp), O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  lock_file(file.get());  // whoever looks whether it is locked has it for a moment
  return file;
}

namespace {
void write_list(const std::string& path, const std::string& draft, const std::string& text) {
  write_file(AT_FDCWD, draft, text);
  rename_at(AT_FDCWD, draft, AT_FDCWD, path);
}

NameList joined(NameList list, const NameList& other) {
  for (const NameList::Place& place : other.places) {
    const auto same = std::find_if(list.places.begin(), list.places.end(),
                                   [&place](const NameList::Place& one) { return one.network_id == place.network_id; });
    if (same == list.places.end()) {
      list.places.push_back(place);
      continue;
    }
    for (const std::string& key : place.keys) {
      if (std::find(same->keys.begin(), same->keys.end(), key) == same->keys.end()) same->keys.push_back(key);
    }
  }
  return list;
}
}  // namespace

// order: the list first has all that there may be, before and after, for whoever has to withdraw it.
void publish_names(const store::Store& store, const NamedContainer& container, const NetworkRecord& record,
                   const NameList& list) {
  const std::string path = list_path(store, container.id);
  const NameList before = parse_name_list(find_file_text(AT_FDCWD, path).value_or(""));
  const std::string text = to_text(list);
  if (text.size() >= monitor::kMostNamesText) {
    throw_error(ErrorKind::exhausted, "container ", container.name, " has too many networks and aliases: ", text.size(),
                " bytes of names; ", monitor::kMostNamesText - 1, " are the most");
  }
  ensure_dirs(cat(store.location().run_root, "/", monitor::kNameLists), 0700);
  const std::string draft = cat(store.run_directory(container.id), "/names");
  const std::string whole = to_text(joined(list, before));
  write_list(path, draft, whole);
  for (const NameList::Place& place : list.places) {
    for (const EndpointRecord& endpoint : record.endpoints) {
      if (endpoint.network_id == place.network_id) publish_at(store, container, endpoint, place);
    }
  }
  withdraw(store, container.id, before, list);
  if (whole != text) write_list(path, draft, text);
}

void rename_names(store::Store& store, const NamedContainer& container) {
  const store::LeaseBook book(store);
  const auto before = find_file_text(AT_FDCWD, list_path(store, container.id));
  if (!before) return;  // race: it has ended
  const NetworkRecord record = read_network_record(store.run_directory(container.id));
  publish_names(store, container, record, list_names(container, record, parse_name_list(*before).servers));
  // race: it has ended meanwhile, and taken away what it had.
  if (!is_up(store, container.id)) withdraw_names(store, container.id);
}

void withdraw_names(const store::Store& store, const std::string& container) noexcept {
  try {
    const std::string path = list_path(store, container);
    withdraw(store, container, parse_name_list(find_file_text(AT_FDCWD, path).value_or("")), {});
    discard_file(AT_FDCWD, path);
  } catch (const Error&) {
    // They count for nothing now, and the next sweep finds them.
  }
}

bool has_resolver(const NetworkRecord& record, const std::vector<std::string>& own_servers,
                  std::string_view host_text) {
  if (record.endpoints.empty()) return false;
  const auto is_own = [](const EndpointRecord& endpoint) { return endpoint.network != kDefaultNetwork; };
  if (std::any_of(record.endpoints.begin(), record.endpoints.end(), is_own)) return true;
  // Of the default network: the host's servers, where the container can reach one of them.
  const std::vector<std::string> servers = name_servers(host_text);
  return own_servers.empty() && !servers.empty() && std::all_of(servers.begin(), servers.end(), is_loopback);
}

std::vector<std::string> servers_behind(const NetworkRecord& record, const std::vector<std::string>& own_servers,
                                        std::string_view host_text) {
  if (!has_resolver(record, own_servers, host_text)) return {};
  if (find_way_out(record, false) == nullptr && find_way_out(record, true) == nullptr) return {};
  std::vector<std::string> out = own_servers.empty() ? name_servers(host_text) : own_servers;
  std::erase_if(out, [](const std::string& server) { return !linux::parse_ip(server); });
  return out;
}

runtime::NetworkRequest resolver_request() {
  return {"lead queries for names to 127.0.0.11",
          "the container may serve port 53 itself, so its monitor answers at another one", NETLINK_NETFILTER,
          network::redirect_queries("minidock", monitor::kResolverAddress, monitor::kResolverPort).bytes(), -1};
}

std::vector<std::string> list_dead_names(const store::Store& store) {
  std::vector<std::string> out;
  const std::string root = names_root(store);
  for (const std::string& network : list_if_there(root)) {
    for (const std::string& key : list_if_there(cat(root, "/", network))) {
      const std::string place = cat(root, "/", network, "/", key);
      for (const std::string& id : list_if_there(place)) {
        if (!is_up(store, id)) out.push_back(cat(place, "/", id));
      }
    }
  }
  return out;
}

std::vector<std::string> list_named(const store::Store& store) {
  return list_if_there(cat(store.location().run_root, "/", monitor::kNameLists));
}

bool has_names(const store::Store& store, const std::string& container) {
  return exists_at(AT_FDCWD, list_path(store, container));
}

void discard_names(const store::Store& store, const std::string& network_id) {
  discard_tree(AT_FDCWD, names_directory(store, network_id));
}

}  // namespace minidock::engine
