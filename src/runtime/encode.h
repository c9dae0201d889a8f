// The writing side of wire.h, for a step on its own; a whole Plan: encode() of plan.h.
#pragma once

#include <string>

#include "runtime/plan.h"

namespace minidock::runtime {

void append_record(std::string& out, const Step& step);

}  // namespace minidock::runtime
