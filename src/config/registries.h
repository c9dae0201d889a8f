// The keys that are about registries. Internal to src/config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace minidock::config {

// HOST[:PORT] in lower case, the Hub by the name that its images have. Refuses all else.
std::string registry_host(const Value& value);

// Those of one file: a prefix that has been there before is settled anew.
void take_registries(Settings& settings, const Value& value);
void show_registries(const Settings& settings, std::string_view name, std::vector<Value>& values);

}  // namespace minidock::config
