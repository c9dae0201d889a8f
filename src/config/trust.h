// The key [[trust]]. Internal to src/config.
#pragma once

#include <string_view>
#include <vector>

#include "config/settings.h"

namespace minidock::config {

// Those of one file: a name that has been there before is settled anew.
void take_trust(Settings& settings, const Value& value);
void show_trust(const Settings& settings, std::string_view name, std::vector<Value>& values);

}  // namespace minidock::config
