#include "cli/options/networks.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "cli/errors.h"
#include "engine/networks.h"

namespace minidock::cli {
namespace {

using engine::NetworkOption;
using engine::PublishOption;

struct PortRange {
  int first = 0, last = 0;
};

// "80" or "80-90"; `what` is docker's word for it.
PortRange parse_range(const std::string& text, const char* what) {
  const size_t dash = text.find('-');
  const auto first = parse_int(text.substr(0, dash));
  const auto last = dash == std::string::npos ? first : parse_int(text.substr(dash + 1));
  if (!first || !last || *first < 0 || *last > 65535 || *last < *first) {
    throw_error(ErrorKind::invalid, "invalid ", what, ": ", printable(text));
  }
  return {static_cast<int>(*first), static_cast<int>(*last)};
}

// Docker's words have those of Go's library in them.
PortRange parse_exposed_range(const std::string& text, const std::string& range) {
  const std::string context = cat("invalid range format for --expose: ", printable(text), ", error: ");
  const size_t dash = range.find('-');
  int ends[2] = {};
  for (const bool last : {false, true}) {
    const std::string part = last && dash != std::string::npos ? range.substr(dash + 1) : range.substr(0, dash);
    const auto number = parse_int(part);
    if (!number || *number < 0 || *number > 65535) {
      throw_error(ErrorKind::invalid, context, "strconv.ParseUint: parsing \"", printable(part),
                  number ? "\": value out of range" : "\": invalid syntax");
    }
    ends[last ? 1 : 0] = static_cast<int>(*number);
  }
  if (ends[1] < ends[0]) throw_error(ErrorKind::invalid, context, "invalid range specified for port: ", range);
  if (ends[0] == 0) throw_error(ErrorKind::invalid, "invalid port: ", printable(text));
  return {ends[0], ends[1]};
}

std::string parse_protocol(const std::string& text) {
  const std::string protocol = lower(text);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    throw_error(ErrorKind::invalid, "invalid proto: ", printable(text));
  }
  return protocol;
}

std::string parse_host_address(const std::string& text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  return engine::usual_address(bracketed ? text.substr(1, text.size() - 2) : text);
}

std::vector<PublishOption> each_port(const PublishOption& common, const PortRange& host, const PortRange& inner) {
  const int host_count = host.last - host.first + 1, count = inner.last - inner.first + 1;
  const bool chosen = host.first == 0;
  if (!chosen && host_count != count && count != 1) {
    throw_error(ErrorKind::invalid, "invalid ranges specified for container and host Ports: ", inner.first, "-",
                inner.last, " and ", host.first, "-", host.last);
  }
  std::vector<PublishOption> out;
  for (int i = 0; i < count; ++i) {
    PublishOption option = common;
    option.port = inner.first + i;
    option.host_port = chosen ? 0 : host.first + i;
    if (count == 1 && host_count > 1) option.last_host_port = host.last;
    out.push_back(option);
  }
  return out;
}

// "HOST:PORT" or "IP:HOST:PORT", from the right: an IPv6 address has colons itself.
std::vector<PublishOption> parse_short_publish(const std::string& text) {
  PublishOption common;
  std::string rest = text;
  if (const size_t slash = rest.rfind('/'); slash != std::string::npos) {
    common.protocol = parse_protocol(rest.substr(slash + 1));
    rest.resize(slash);
  }
  const size_t colon = rest.rfind(':');
  const std::string inner = colon == std::string::npos ? rest : rest.substr(colon + 1);
  if (inner.empty()) throw_error(ErrorKind::invalid, "no port specified: ", printable(text), "<empty>");
  std::string host = colon == std::string::npos ? "" : rest.substr(0, colon);
  if (const size_t before = host.rfind(':'); before != std::string::npos) {
    const std::string address = host.substr(0, before);
    if (!address.empty()) common.host_address = parse_host_address(address);
    host = host.substr(before + 1);
  }
  const PortRange ports = parse_range(inner, "containerPort");
  if (ports.first == 0) throw_error(ErrorKind::invalid, "invalid containerPort: ", printable(inner));
  return each_port(common, host.empty() ? PortRange() : parse_range(host, "hostPort"), ports);
}

std::vector<PublishOption> parse_long_publish(const std::string& text) {
  PublishOption common;
  PortRange host, inner;
  for (const std::string& field : split(text, ',')) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos) {
      throw_error(ErrorKind::invalid, "invalid publish opts format (should be name=value but got '", printable(field),
                  "')");
    }
    const std::string key = lower(field.substr(0, equals)), value = field.substr(equals + 1);
    if (key == "target") {
      inner = parse_range(value, "containerPort");
    } else if (key == "published") {
      host = parse_range(value, "hostPort");
    } else if (key == "protocol") {
      common.protocol = parse_protocol(value);
    } else if (key == "host_ip") {
      common.host_address = parse_host_address(value);
    } else if (key != "mode" || (value != "host" && value != "ingress")) {
      throw_error(ErrorKind::invalid, "invalid field key or value in publish option: ", printable(field));
    }
  }
  if (inner.first == 0) throw_error(ErrorKind::invalid, "missing mandatory field \"target\"");
  return each_port(common, host, inner);
}

}  // namespace

std::vector<PublishOption> parse_publish(const std::string& text) {
  return text.find('=') == std::string::npos ? parse_short_publish(text) : parse_long_publish(text);
}

std::vector<std::string> parse_expose(const std::string& text) {
  const size_t slash = text.find('/');
  const std::string protocol = slash == std::string::npos ? "tcp" : parse_protocol(text.substr(slash + 1));
  if (text.find(':') != std::string::npos) {
    throw_error(ErrorKind::invalid, "invalid port format for --expose: ", printable(text));
  }
  const PortRange range = parse_exposed_range(text, text.substr(0, slash));
  std::vector<std::string> out;
  for (int port = range.first; port <= range.last; ++port) out.push_back(cat(port, "/", protocol));
  return out;
}

std::pair<std::string, std::string> parse_driver_option(const std::string& text) {
  const size_t equals = text.find('=');
  const std::string key(trim(text.substr(0, equals)));
  if (equals == std::string::npos || key.empty()) {
    throw_error(ErrorKind::invalid, "invalid key/value pair format in driver options");
  }
  return {key, std::string(trim(text.substr(equals + 1)))};
}

int parse_priority(const std::string& text) {
  const auto number = parse_int(text);
  if (!number || *number < INT32_MIN || *number > INT32_MAX) {
    throw_error(ErrorKind::invalid, "invalid gw-priority (", printable(text), "): it is no number");
  }
  return static_cast<int>(*number);
}

NetworkOption parse_network(const std::string& text) {
  NetworkOption out;
  if (text.find('=') == std::string::npos) {
    out.network = text == "default" ? "" : text;
    return out;
  }
  const std::map<std::string, std::function<void(const std::string&)>> keys = {
      {"name", [&](const std::string& value) { out.network = value; }},
      {"alias", [&](const std::string& value) { out.aliases.push_back(value); }},
      {"ip", [&](const std::string& value) { out.ipv4 = value; }},
      {"ip6", [&](const std::string& value) { out.ipv6 = value; }},
      {"mac-address", [&](const std::string& value) { out.mac = value; }},
      {"driver-opt", [&](const std::string& value) { out.driver_options.insert(parse_driver_option(value)); }},
      {"link-local-ip", [&](const std::string& value) { out.link_local.push_back(value); }},
      {"gw-priority", [&](const std::string& value) { out.priority = parse_priority(value); }},
  };
  for (const std::string& field : split(text, ',')) {
    const size_t equals = field.find('=');
    const auto key = keys.find(lower(field.substr(0, equals)));
    if (equals == std::string::npos || key == keys.end()) {
      throw_error(ErrorKind::invalid, "invalid field ", printable(field), " in network ", printable(text),
                  ": the keys are name, alias, driver-opt, gw-priority, ip, ip6, link-local-ip and mac-address");
    }
    key->second(field.substr(equals + 1));
  }
  if (out.network.empty()) throw_error(ErrorKind::invalid, "network name/id is not specified");
  return out;
}

void NetworkOptions::declare(Options& options) {
  options.each("--network,--net", [this](const std::string& text) { networks_.push_back(parse_network(text)); });
  options.list("-p,--publish", published_);
  options.flag("-P,--publish-all", publish_all_);
  options.list("--expose", exposed_);
  options.list("--network-alias,--net-alias", aliases_);
  options.text("--ip", ipv4_);
  options.text("--ip6", ipv6_);
  options.text("--mac-address", mac_);
  options.list("--link-local-ip", link_local_);
}

// As docker, which looks at them after all options have been read, and does not say which one is wrong.
void NetworkOptions::apply_ports(const Options& options, engine::ContainerConfig& config) const {
  try {
    for (const std::string& text : published_) {
      for (PublishOption& option : parse_publish(text)) {
        // Said twice is said once, as with docker.
        const auto end = config.published.end();
        if (std::find(config.published.begin(), end, option) == end) config.published.push_back(std::move(option));
      }
    }
    for (const std::string& text : exposed_) {
      for (std::string& port : parse_expose(text)) config.exposed.push_back(std::move(port));
    }
  } catch (const Error& error) {
    throw UsageError(options.command(), error.what());
  }
  config.publish_all = publish_all_;
}

void NetworkOptions::apply_to_first(const Options& options, engine::ContainerConfig& config) const {
  if (!mac_.empty() && !engine::is_mac_address(mac_)) {
    throw UsageError(options.command(), cat(printable(mac_), " is not a valid mac address"));
  }
  const bool any = !aliases_.empty() || !ipv4_.empty() || !ipv6_.empty() || !mac_.empty() || !link_local_.empty();
  if (!any) return;
  if (config.networks.empty()) {
    if (!aliases_.empty()) {
      throw UsageError(options.command(),
                       "network-scoped alias is supported only for containers in user defined networks");
    }
    throw UsageError(options.command(), "conflicting options: an address and --network " + config.network);
  }
  NetworkOption& first = config.networks.front();
  first.aliases.insert(first.aliases.end(), aliases_.begin(), aliases_.end());
  if (!ipv4_.empty()) first.ipv4 = ipv4_;
  if (!ipv6_.empty()) first.ipv6 = ipv6_;
  if (!mac_.empty()) first.mac = mac_;
  first.link_local.insert(first.link_local.end(), link_local_.begin(), link_local_.end());
}

void NetworkOptions::apply(const Options& options, const config::Settings& settings,
                           engine::ContainerConfig& config) const {
  const std::string& fallback = settings.network.value;
  std::vector<NetworkOption> networks = networks_;
  if (networks.empty()) networks.emplace_back();
  // Who publishes a port wants it reached.
  const bool wants_ports = !published_.empty() || publish_all_;
  for (NetworkOption& option : networks) {
    if (option.network.empty()) option.network = wants_ports && fallback == "none" ? "bridge" : fallback;
  }
  const bool all_user_defined = std::none_of(networks.begin(), networks.end(), [](const NetworkOption& option) {
    return engine::is_network_mode(option.network);
  });
  if (networks.size() > 1 && !all_user_defined) {
    throw UsageError(options.command(),
                     "conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  }
  config.network = networks.front().network;
  if (all_user_defined) config.networks = std::move(networks);
  apply_ports(options, config);
  for (PublishOption& option : config.published) {
    const std::string& bind = settings.default_bind.value;
    if (option.host_address.empty() && bind != "0.0.0.0" && bind != "::") option.host_address = bind;
  }
  apply_to_first(options, config);
}

}  // namespace minidock::cli
