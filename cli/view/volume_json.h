// A volume as inspect shows it: docker's keys.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "cli/format/ast.h"
#include "engine/engine.h"

namespace minidock::cli {

std::optional<store::VolumeRow> find_volume(const std::string& name, engine::Engine& engine);
std::map<std::string, std::string> labels_of(const store::VolumeRow& volume);
Json volume_json(const store::VolumeRow& volume, engine::Engine& engine);

}  // namespace minidock::cli
