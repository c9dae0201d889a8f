// What values must be like. Each throws by value.refuse(). Internal to src/config.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "config/settings.h"

namespace minidock::config {

void check_choice(const Value& value, std::initializer_list<std::string_view> choices);
// In a file a path is absolute: it is no working directory's. "" stands for nothing said.
void check_path(const Value& value);
void check_storage_driver(const Value& value);
void check_network(const Value& value);                                // a name: what it names is not looked for
void check_address(const Value& value);                                // IPv4 or IPv6
void check_address_pool(const Value& table, const AddressPool& pool);  // as a whole

}  // namespace minidock::config
