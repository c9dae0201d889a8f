// What a container uses as one line of stats: docker's fields and columns.
#pragma once

#include <string>

#include "cli/format/list.h"
#include "engine/engine.h"

namespace minidock::cli {

const format::ListKind& usage_list_kind();

// `asked`: the container as the user named it, "" where all are shown. `before`: an earlier reading.
format::ListLine usage_line(const engine::ContainerView& container, const std::string& asked,
                            const engine::ContainerUsage& before, const engine::ContainerUsage& now, bool truncate);

}  // namespace minidock::cli
