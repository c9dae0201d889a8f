// The parts of the runtime spec's parser and writer. Internal to src/oci.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "oci/json_fields.h"
#include "oci/spec.h"

namespace minidock::oci {

std::vector<IdMapping> read_mappings(const JsonReader& from, const char* key);
Process read_process(const JsonReader& from);
Linux read_linux(const JsonReader& from);
Resources read_resources(const JsonReader& from);
Seccomp read_seccomp(const JsonReader& from);

// spec: most strings that have to be there may not be empty either.
void read_required(const JsonReader& from, const char* key, std::string& out);
void read_absolute(const JsonReader& from, const char* key, std::string& out);
template <typename Number>
void read_required(const JsonReader& from, const char* key, Number& out) {
  if (!from.has(key)) from.fail(key, "is missing");
  from.read(key, out);
}

nlohmann::json to_value(const std::vector<IdMapping>& mappings);
nlohmann::json to_value(const Process& process);
nlohmann::json to_value(const Linux& from);
nlohmann::json to_value(const Resources& resources);
nlohmann::json to_value(const Seccomp& seccomp);

template <typename Element, typename Convert>
nlohmann::json to_array(const std::vector<Element>& elements, Convert convert) {
  nlohmann::json out = nlohmann::json::array();
  for (const Element& element : elements) out.push_back(convert(element));
  return out;
}

}  // namespace minidock::oci
