// Why a container is as it is: what ended it, or kept it from starting, and what to do. Pure.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace minidock::engine {

struct EndFacts {
  monitor::ExitRecord record;  // of one that has ended or failed to start
  std::string diagnosis;       // of its command, where that could not be executed
};

// One or more lines without end.
std::vector<std::string> explain_state(const ContainerView& view, const EndFacts& facts, Nanoseconds now);

}  // namespace minidock::engine
