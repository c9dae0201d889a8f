// A container as one line of ps: docker's fields, columns and filters.
#pragma once

#include <string>
#include <vector>

#include "cli/format/list.h"
#include "cli/view/filter.h"
#include "engine/engine.h"

namespace minidock::cli {

const format::ListKind& container_list_kind(bool sizes);
const std::vector<std::string_view>& container_filter_names();

// `truncate`: short IDs, commands and mounts.
format::ListLine container_line(const engine::ContainerView& container, Nanoseconds now, bool truncate);

// The containers that pass, in their order. Throws invalid for values that name nothing: status=foo, before=nope.
std::vector<engine::ContainerView> select_containers(std::vector<engine::ContainerView> all, const Filters& filters,
                                                     engine::Engine& engine);

// "1.2kB (virtual 4.1MB)": what it wrote, and that with its image. Walks its files.
std::string container_size(const engine::ContainerView& container, engine::Engine& engine);

std::string command_text(const engine::ContainerConfig& config);  // argv joined by blanks, as docker quotes it

}  // namespace minidock::cli
