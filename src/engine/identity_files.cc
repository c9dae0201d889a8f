#include "engine/identity_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

namespace minidock::engine {

namespace {

constexpr std::string_view kHosts =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

// What "host-gateway" stands for: the host, as the container reaches it.
std::string host_gateway(const NetworkRecord& network) {
  for (const EndpointRecord& endpoint : network.endpoints) {
    if (!endpoint.gateway4.empty()) return endpoint.gateway4;
    if (!endpoint.gateway6.empty()) return endpoint.gateway6;
  }
  throw_error(ErrorKind::invalid,
              "unable to derive the IP value for host-gateway: the container is on no network with a gateway");
}

// "name:ip" or "name=ip", the address with or without brackets.
std::string added_host(const std::string& option, const NetworkRecord& network) {
  const size_t separator = option.find_first_of(":=");
  const std::string name = option.substr(0, separator);
  std::string address = separator == std::string::npos ? "" : option.substr(separator + 1);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  const bool good = !name.empty() && !address.empty() && option.find_first_of(" \t\r\n") == std::string::npos;
  if (!good) throw_error(ErrorKind::invalid, "bad format for add-host: \"", printable(option), "\"");
  if (address == "host-gateway") address = host_gateway(network);
  return cat(address, "\t", name, "\n");
}

// Value of a "KEYWORD value" line, or "" for any other line.
std::string_view value_of(std::string_view line, std::string_view keyword) {
  line = trim(line);
  if (!line.starts_with(keyword) || line.size() == keyword.size()) return {};
  const std::string_view rest = line.substr(keyword.size());
  return rest[0] == ' ' || rest[0] == '\t' ? trim(rest) : std::string_view();
}

bool is_replaced(const ContainerConfig& config, std::string_view line, bool has_resolver) {
  const std::string_view server = value_of(line, "nameserver");
  if (!server.empty() && has_resolver) return true;
  if (!server.empty()) return !config.dns.empty() || (config.network != "host" && is_loopback(server));
  if (!value_of(line, "search").empty() || !value_of(line, "domain").empty()) return !config.dns_search.empty();
  return !value_of(line, "options").empty() && !config.dns_options.empty();
}

// Names without a dot are asked for as they are, before the domains of `search`: as docker has it.
bool has_dots(const ContainerConfig& config, std::string_view host_text) {
  const auto names_it = [](std::string_view text) { return text.find("ndots:") != std::string_view::npos; };
  return config.dns_options.empty() ? names_it(host_text)
                                    : std::any_of(config.dns_options.begin(), config.dns_options.end(), names_it);
}

}  // namespace

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

std::vector<std::string> name_servers(std::string_view host_text) {
  std::vector<std::string> out;
  for (const std::string& line : split(host_text, '\n')) {
    const std::string_view server = value_of(line, "nameserver");
    if (!server.empty()) out.emplace_back(server);
  }
  return out;
}

std::string hosts_text(const ContainerConfig& config, std::string_view hostname, const NetworkRecord& network,
                       std::string_view host_text) {
  std::string out(config.network == "host" ? host_text : kHosts);
  if (!out.empty() && out.back() != '\n') out += '\n';
  // Without a network the loopback address is the only one that the container's own name can mean.
  if (config.network == "none" && !hostname.empty()) out += cat("127.0.0.1\t", hostname, "\n");
  for (const std::string& option : config.add_hosts) out += added_host(option, network);
  for (const EndpointRecord& endpoint : network.endpoints) out += own_hosts_lines(config, hostname, endpoint);
  return out;
}

std::string own_hosts_lines(const ContainerConfig& config, std::string_view hostname, const EndpointRecord& endpoint) {
  const std::string names =
      config.domainname.empty() ? std::string(hostname) : cat(hostname, ".", config.domainname, " ", hostname);
  std::string out;
  for (const std::string& address : {endpoint.ipv4, endpoint.ipv6}) {
    if (!address.empty()) out += cat(address, "\t", names, "\n");
  }
  return out;
}

std::string resolver_text(const ContainerConfig& config, std::string_view host_text, bool has_resolver) {
  std::string out;
  if (has_resolver) out += "nameserver 127.0.0.11\n";
  for (const std::string& server : config.dns) {
    if (!has_resolver) out += cat("nameserver ", server, "\n");
  }
  for (const std::string& line : split(host_text, '\n')) {
    if (!line.empty() && !is_replaced(config, line, has_resolver)) out += line + "\n";
  }
  const bool cleared = config.dns_search.size() == 1 && config.dns_search[0] == ".";
  if (!config.dns_search.empty() && !cleared) out += cat("search ", join(config.dns_search, " "), "\n");
  if (!config.dns_options.empty()) out += cat("options ", join(config.dns_options, " "), "\n");
  if (has_resolver && !has_dots(config, host_text)) out += "options ndots:0\n";
  return out;
}

void write_identity_files(const ContainerConfig& config, std::string_view id, const NetworkRecord& network,
                          bool has_resolver, const std::string& directory) {
  const Fd place = open_dir(AT_FDCWD, directory);
  const std::string name = hostname(config, id);
  const std::string hosts = config.network == "host" ? find_file_text(AT_FDCWD, "/etc/hosts").value_or("") : "";
  write_file(place.get(), "hosts", hosts_text(config, name, network, hosts), 0644);
  write_file(place.get(), "hostname", cat(name, "\n"), 0644);
  const std::string resolver = find_file_text(AT_FDCWD, "/etc/resolv.conf").value_or("");
  write_file(place.get(), "resolv.conf", resolver_text(config, resolver, has_resolver), 0644);
}

}  // namespace minidock::engine
