// An image as docker's inspect shows it.
#pragma once

#include "cli/format/ast.h"
#include "engine/engine.h"

namespace minidock::cli {

// Throws corrupt for a config that does not parse.
Json image_json(const store::ImageRow& row, engine::Engine& engine);

}  // namespace minidock::cli
