// --network, -p and their kin: docker's spellings of what a container is on, and what of it others reach.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/options/options.h"
#include "config/settings.h"
#include "engine/engine.h"

namespace minidock::cli {

// [IP:][HOST]:PORT[/PROTOCOL], each port also a range, or key=value fields: one for each port of the container's.
// Throws invalid, in docker's words.
std::vector<engine::PublishOption> parse_publish(const std::string& text);

// "80", "80/udp", "80-90": each port as "80/tcp". Throws invalid.
std::vector<std::string> parse_expose(const std::string& text);

// A name, or name=NAME,alias=…,ip=…,ip6=…,mac-address=…,driver-opt=KEY=VALUE,gw-priority=…. Throws invalid.
engine::NetworkOption parse_network(const std::string& text);
// "KEY=VALUE", and a number. Throw invalid.
std::pair<std::string, std::string> parse_driver_option(const std::string& text);
int parse_priority(const std::string& text);

class NetworkOptions {
 public:
  void declare(Options& options);
  // Fills in what the config has of networks. Throws UsageError, invalid.
  void apply(const Options& options, const config::Settings& settings, engine::ContainerConfig& config) const;

 private:
  void apply_ports(const Options& options, engine::ContainerConfig& config) const;
  void apply_to_first(const Options& options, engine::ContainerConfig& config) const;

  std::vector<engine::NetworkOption> networks_;
  std::vector<std::string> published_, exposed_, aliases_, link_local_;
  std::string ipv4_, ipv6_, mac_;
  bool publish_all_ = false;
};

}  // namespace minidock::cli
