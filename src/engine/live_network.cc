#include "engine/live_network.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "engine/identity_files.h"
#include "engine/network_membership.h"
#include "engine/network_names.h"
#include "engine/network_rules.h"
#include "engine/port_leasing.h"
#include "engine/waiting.h"
#include "linux/network_namespace.h"

namespace minidock::engine {

namespace {

std::vector<std::string> names_of(const std::vector<linux::Link>& links) {
  std::vector<std::string> out;
  for (const linux::Link& link : links) out.push_back(link.name);
  return out;
}

uint32_t free_index(const std::vector<linux::Link>& links) {
  uint32_t out = kFirstInterfaceIndex;
  for (const linux::Link& link : links) out = std::max(out, link.index + 1);
  return out;
}

auto find_endpoint(NetworkRecord& record, const std::string& network_id) {
  return std::find_if(record.endpoints.begin(), record.endpoints.end(),
                      [&](const EndpointRecord& endpoint) { return endpoint.network_id == network_id; });
}

void remove_interface(linux::NetlinkSocket& inside, const EndpointRecord& endpoint) {
  linux::NetlinkMessages messages;
  if (endpoint.index != 0) {
    linux::remove_link(messages, endpoint.index);
  } else {
    linux::remove_link(messages, endpoint.interface);  // recorded by an older minidock
  }
  linux::NetlinkRefusal refusal;
  const int failure = inside.try_request(messages, refusal);
  if (failure != 0 && failure != ENODEV) throw_errno_message(failure, cat("remove ", endpoint.interface));
}

// kernel: the routes by an interface have gone with it. Whoever made others in the container keeps them.
void ensure_default_routes(linux::NetlinkSocket& inside, const NetworkRecord& record) {
  for (const bool v6 : {false, true}) {
    const EndpointRecord* way = find_way_out(record, v6);
    if (way == nullptr || way->index == 0) continue;
    linux::NetlinkMessages messages;
    linux::add_default_route(messages, way->index, linux::parse_ip(v6 ? way->gateway6 : way->gateway4).value());
    linux::NetlinkRefusal refusal;
    const int failure = inside.try_request(messages, refusal);
    if (failure != 0 && failure != EEXIST) throw_errno_message(failure, cat("lead out by ", way->interface));
  }
}

void take_default_routes(linux::NetlinkSocket& inside, const NetworkRecord& record, const EndpointRecord& endpoint) {
  linux::NetlinkMessages messages;
  for (const bool v6 : {false, true}) {
    const EndpointRecord* way = find_way_out(record, v6);
    if (way == nullptr || way->network_id != endpoint.network_id) continue;
    linux::replace_default_route(messages, way->index, linux::parse_ip(v6 ? way->gateway6 : way->gateway4).value());
  }
  if (!messages.empty()) inside.request(messages, cat("lead out by ", endpoint.interface));
}

}  // namespace

std::optional<RunningNetwork> find_running_network(store::Store& store, const std::string& id) {
  const auto run = monitor::find_run_state(store.run_directory(id));
  std::optional<Fd> process = run ? find_running_process(*run) : std::nullopt;
  if (!process) return std::nullopt;
  auto network = find_file(AT_FDCWD, cat("/proc/", run->pid, "/ns/net"), O_RDONLY);
  // race: its number is somebody else's where it has ended by now.
  if (!network || wait_for_process(process->get(), 0)) return std::nullopt;
  return RunningNetwork{std::move(*process), std::move(*network)};
}

std::optional<LiveNetwork> LiveNetwork::find(store::Store& store, const store::ContainerRow& row) {
  auto running = find_running_network(store, row.id);
  if (!running) return std::nullopt;
  return LiveNetwork(store, row, std::move(*running));
}

bool LiveNetwork::is_running() const {
  return !wait_for_process(running_.process.get(), 0);
}

void LiveNetwork::join(const NetworkOption& option, const ContainerConfig& config) {
  linux::NetlinkSocket before = linux::open_netlink_in(running_.network.get(), NETLINK_ROUTE);
  const std::vector<linux::Link> links = linux::read_links(before);
  std::vector<Membership> joined = {load_membership(*store_, option, names_of(links))};
  Membership& one = joined.front();
  one.endpoint.index = free_index(links);
  one.endpoint.container_namespace = running_.network.get();
  ensure_host_sides(joined);
  NetworkRecord record;
  {
    store::LeaseBook book(*store_);
    // race: another run of the container has leases of its own.
    if (!is_running()) throw_error(ErrorKind::conflict, "container ", row_.id, " has ended");
    std::vector<store::PortLease> stale;
    lease(book, one, row_.id, stale);
    require_still_there(*store_, joined);
    update_firewall(*store_, book, row_.id, stale, {});
    for (const store::PortLease& old : stale) book.drop(old);
    record = read_network_record(store_->run_directory(row_.id));
    record.endpoints.push_back(record_of(one));
    write(book, record, config);
    book.commit();
  }
  discard_stale_wire(one);
  const network::Network& network = one.view.network;
  linux::NetlinkSocket host = linux::NetlinkSocket::open(NETLINK_ROUTE);
  host.request(network::connect_endpoint(network, one.host_side, one.endpoint, wire_name(one)).messages,
               cat("make ", one.endpoint.interface, ", a wire to network ", network.name));
  linux::NetlinkSocket inside = linux::open_netlink_in(running_.network.get(), NETLINK_ROUTE, interface_settings(one));
  inside.request(network::configure_endpoint(network, one.endpoint), cat("set up ", one.endpoint.interface));
  take_default_routes(inside, record, record.endpoints.back());
  change_hosts("", own_hosts_lines(config, hostname(config, row_.id), record.endpoints.back()));
}

// order: no address is given back as long as an interface has it.
void LiveNetwork::leave(const std::string& network_id, const ContainerConfig& config) {
  const std::string run_directory = store_->run_directory(row_.id);
  NetworkRecord record = read_network_record(run_directory);
  linux::NetlinkSocket inside = linux::open_netlink_in(running_.network.get(), NETLINK_ROUTE);
  const auto endpoint = find_endpoint(record, network_id);
  const bool is_there = endpoint != record.endpoints.end();
  if (is_there && is_running()) {
    remove_interface(inside, *endpoint);
    change_hosts(own_hosts_lines(config, hostname(config, row_.id), *endpoint), "");
  }
  {
    store::LeaseBook book(*store_);
    if (!is_running()) return;
    if (is_there) record.endpoints.erase(endpoint);
    write(book, record, config);
    book.release(network_id, row_.id);
    book.commit();
  }
  ensure_default_routes(inside, record);
}

void LiveNetwork::write(store::LeaseBook& book, NetworkRecord& record, const ContainerConfig& config) {
  if (record.held.empty()) record.held = record.ports;  // recorded by an older minidock
  record.ports.clear();
  std::vector<store::PortLease> leases;
  for (const PortRecord& port : record.held) {
    const bool v6 = linux::parse_ip(port.host_address).value().is_v6();
    const EndpointRecord* way = find_published(record, v6);
    if (way == nullptr) continue;
    record.ports.push_back(port);
    leases.push_back(port_lease(port, row_.id, linux::parse_ip(v6 ? way->ipv6 : way->ipv4).value()));
  }
  if (!record.held.empty()) {
    book.replace_ports(row_.id, leases);
    renew_firewall(*store_, book);
  }
  write_network_record(store_->run_directory(row_.id), record);
  const NamedContainer named{row_.id, row_.name, hostname(config, row_.id)};
  const std::string host_text = find_file_text(AT_FDCWD, "/etc/resolv.conf").value_or("");
  publish_names(*store_, named, record, list_names(named, record, servers_behind(record, config.dns, host_text)));
}

// In place, for it is mounted in the container; what somebody has added there stays.
void LiveNetwork::change_hosts(const std::string& gone, const std::string& come) {
  const Fd file = open_file(AT_FDCWD, cat(store_->container_directory(row_.id), "/hosts"), O_RDWR | O_NOFOLLOW);
  constexpr size_t kMostBytes = 1 << 20;
  std::string text = read_fd(file.get(), kMostBytes);
  for (const std::string& line : split(gone, '\n')) {
    const size_t at = line.empty() ? std::string::npos : text.find(line + "\n");
    if (at != std::string::npos && (at == 0 || text[at - 1] == '\n')) text.erase(at, line.size() + 1);
  }
  if (!come.empty() && !text.empty() && text.back() != '\n') text += '\n';
  text += come;
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_errno("change the container's hosts");
  write_all(file.get(), text);
  if (::ftruncate(file.get(), static_cast<off_t>(text.size())) != 0) throw_errno("change the container's hosts");
}

}  // namespace minidock::engine
