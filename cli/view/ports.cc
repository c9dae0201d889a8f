#include "cli/view/ports.h"

#include <algorithm>

#include "base/text.h"

namespace minidock::cli {
namespace {

unsigned number_of(const std::string& port) {
  return static_cast<unsigned>(parse_int(port.substr(0, port.find('/'))).value_or(0));
}

std::string protocol_of(const std::string& port) {
  const size_t slash = port.find('/');
  return slash == std::string::npos ? "tcp" : port.substr(slash + 1);
}

// Ports that follow each other on both sides are one text.
struct Run {
  std::string address, protocol;  // address "": not published
  unsigned first_host = 0, first = 0, count = 1;

  bool takes(const Run& next) const {
    return address == next.address && protocol == next.protocol && next.first == first + count &&
           (address.empty() || next.first_host == first_host + count);
  }
  std::string text() const {
    const auto range = [this](unsigned begin) { return count == 1 ? cat(begin) : cat(begin, "-", begin + count - 1); };
    const std::string host = address.empty() ? "" : cat(address, ":", range(first_host), "->");
    return cat(host, range(first), "/", protocol);
  }
};

std::string bracketed(const std::string& address) {
  return address.find(':') == std::string::npos ? address : cat("[", address, "]");
}

}  // namespace

std::vector<std::string> exposed_ports(const engine::ContainerConfig& config) {
  std::vector<std::string> out = config.exposed;
  for (const std::string& port : config.image_defaults.exposed_ports) {
    out.push_back(port.find('/') == std::string::npos ? port + "/tcp" : port);
  }
  for (const engine::PublishOption& option : config.published) out.push_back(cat(option.port, "/", option.protocol));
  std::sort(out.begin(), out.end(), [](const std::string& one, const std::string& other) {
    return std::pair(number_of(one), protocol_of(one)) < std::pair(number_of(other), protocol_of(other));
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string host_port_text(const engine::PortRecord& port) {
  return cat(bracketed(port.host_address), ":", port.host_port);
}

std::string ports_text(const engine::ContainerView& container) {
  if (!container.is_up() || container.config().networks.empty()) return "";
  const engine::NetworkRecord record = container.network();
  std::vector<Run> runs;
  for (const engine::PortRecord& port : record.ports) {
    runs.push_back({bracketed(port.host_address), protocol_of(port.port), port.host_port, number_of(port.port)});
  }
  for (const std::string& port : exposed_ports(container.config())) {
    const bool is_published = std::any_of(record.ports.begin(), record.ports.end(),
                                          [&](const engine::PortRecord& other) { return other.port == port; });
    if (!is_published) runs.push_back({"", protocol_of(port), 0, number_of(port)});
  }
  // IPv4 before IPv6, as docker; what is not published last.
  const auto rank = [](const Run& run) { return run.address.empty() ? 2 : run.address[0] == '[' ? 1 : 0; };
  std::stable_sort(runs.begin(), runs.end(), [&](const Run& one, const Run& other) {
    return std::tuple(rank(one), one.address, one.protocol, one.first, one.first_host) <
           std::tuple(rank(other), other.address, other.protocol, other.first, other.first_host);
  });
  std::vector<std::string> texts;
  for (size_t i = 0; i < runs.size();) {
    Run run = runs[i++];
    while (i < runs.size() && run.takes(runs[i])) {
      ++run.count;
      ++i;
    }
    texts.push_back(run.text());
  }
  return join(texts, ", ");
}

}  // namespace minidock::cli
