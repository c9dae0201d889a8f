// The image config (image-spec config.md): what an image runs by default, and its layers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "oci/digest.h"

namespace minidock::oci {

struct HealthCheck {
  std::vector<std::string> test;  // {"NONE"}, {"CMD", …} or {"CMD-SHELL", "…"}
  Nanoseconds interval = 0, timeout = 0, start_period = 0, start_interval = 0;  // 0: the default
  int retries = 0;
  bool operator==(const HealthCheck&) const = default;
};

// The "config" object: defaults for a container.
struct ContainerDefaults {
  std::string user;
  std::vector<std::string> env;                        // "NAME=value"
  std::optional<std::vector<std::string>> entrypoint;  // nullopt: none; empty: reset
  std::optional<std::vector<std::string>> cmd;
  std::vector<std::string> volumes;        // paths, sorted
  std::vector<std::string> exposed_ports;  // "80/tcp", sorted
  std::string working_dir;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::optional<HealthCheck> health_check;
  std::vector<std::string> on_build;
  std::vector<std::string> shell;
  bool operator==(const ContainerDefaults&) const = default;
};

struct History {
  std::string created, created_by, comment, author;  // RFC 3339, "" where absent
  bool empty_layer = false;
};

struct ImageConfig {
  std::string created;  // RFC 3339, "" where absent
  std::string author;
  std::string architecture = "amd64";  // Go's names
  std::string os = "linux";
  std::string variant;
  ContainerDefaults config;
  std::vector<DiffId> diff_ids;  // bottom first
  std::vector<History> history;
};

// Deterministic: keys sorted, no spaces; the same struct gives the same bytes, so the same ImageId.
std::string to_json(const ImageConfig& config);
// Throws corrupt for what is not a JSON object of the right types, over 4 MiB or 64 deep.
ImageConfig parse_image_config(std::string_view json);
ImageId image_id(std::string_view config_json);

// This machine's architecture in Go's words: amd64, arm64, …
std::string host_architecture();

// Applies one `--change` instruction in Dockerfile syntax: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD
// STOPSIGNAL USER VOLUME WORKDIR; shell and JSON forms; later wins. Throws invalid with docker's text
// ("run is not a valid change command").
void apply_change(ContainerDefaults& config, std::string_view instruction);

// The "config" object alone, as docker's inspect shows it and as container records keep it.
std::string to_json(const ContainerDefaults& config);
ContainerDefaults parse_container_defaults(std::string_view json);

}  // namespace minidock::oci
