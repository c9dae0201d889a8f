#include "oci/json_fields.h"

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace minidock::oci {

namespace {

// The deepest nesting of brackets outside strings, counted before parsing: what reads or prints the
// parsed value recurses once a level.
int nesting(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted) {
      if (letter == '\\') ++i;
      if (letter == '"') quoted = false;
    } else if (letter == '"') {
      quoted = true;
    } else if (letter == '[' || letter == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (letter == ']' || letter == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view document, ErrorKind kind) {
  if (text.size() > kJsonBytes) throw_error(kind, document, ": is larger than ", kJsonBytes >> 20, " MiB");
  if (nesting(text) > kJsonDepth) throw_error(kind, document, ": is nested deeper than ", kJsonDepth, " levels");
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) throw_error(kind, document, ": is not valid JSON");
  return value;
}

// Replaced, not refused: a label that is not UTF-8 must not make a container unlistable.
std::string dump_json(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JsonReader::JsonReader(const nlohmann::json& object, std::string_view document, ErrorKind kind)
    : JsonReader(&object, std::string(document), "", kind) {
  if (!object.is_object()) throw_error(kind, document, ": must be a JSON object");
}

std::string JsonReader::name(std::string_view key) const {
  return path_.empty() ? std::string(key) : cat(path_, ".", key);
}

void JsonReader::fail(std::string_view key, std::string_view complaint) const {
  throw_error(kind_, document_, ": ", name(key), ": ", complaint);
}

const nlohmann::json* JsonReader::value(const char* key) const {
  const auto found = object_->find(key);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

bool JsonReader::has(const char* key) const {
  return value(key) != nullptr;
}

void JsonReader::read(const char* key, std::string& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_string()) fail(key, "must be a string");
  out = found->get<std::string>();
}

void JsonReader::read(const char* key, bool& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_boolean()) fail(key, "must be true or false");
  out = found->get<bool>();
}

void JsonReader::read(const char* key, std::vector<std::string>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_array()) fail(key, "must be an array of strings");
  out.clear();
  for (const auto& element : *found) {
    if (!element.is_string()) fail(key, "must be an array of strings");
    out.push_back(element.get<std::string>());
  }
}

void JsonReader::read(const char* key, std::map<std::string, std::string>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_object()) fail(key, "must be an object of strings");
  out.clear();
  for (const auto& [name, element] : found->items()) {
    if (!element.is_string()) fail(key, "must be an object of strings");
    out[name] = element.get<std::string>();
  }
}

void JsonReader::read(const char* key, std::vector<uint32_t>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_array()) fail(key, "must be an array of numbers");
  out.clear();
  for (const auto& element : *found) {
    if (!element.is_number_unsigned() || element.get<uint64_t>() > UINT32_MAX) {
      fail(key, "must be an array of whole numbers from 0 to 4294967295");
    }
    out.push_back(element.get<uint32_t>());
  }
}

int64_t JsonReader::signed_number(const char* key, int64_t lowest, int64_t highest, int64_t absent) const {
  const auto* found = value(key);
  if (found == nullptr) return absent;
  // The parser keeps non-negative numbers unsigned: both forms are looked at, so that none wraps around.
  const bool fits = found->is_number_unsigned() ? found->get<uint64_t>() <= static_cast<uint64_t>(highest)
                                                : found->is_number_integer() && found->get<int64_t>() >= lowest;
  if (!fits) fail(key, cat("must be a whole number from ", lowest, " to ", highest));
  return found->get<int64_t>();
}

uint64_t JsonReader::unsigned_number(const char* key, uint64_t highest, uint64_t absent) const {
  const auto* found = value(key);
  if (found == nullptr) return absent;
  if (!found->is_number_unsigned() || found->get<uint64_t>() > highest) {
    fail(key, cat("must be a whole number from 0 to ", highest));
  }
  return found->get<uint64_t>();
}

std::optional<JsonReader> JsonReader::find(const char* key) const {
  const auto* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_object()) fail(key, "must be an object");
  return JsonReader(found, document_, name(key), kind_);
}

std::vector<JsonReader> JsonReader::list(const char* key) const {
  std::vector<JsonReader> out;
  const auto* found = value(key);
  if (found == nullptr) return out;
  if (!found->is_array()) fail(key, "must be an array of objects");
  for (size_t i = 0; i < found->size(); ++i) {
    const auto& element = (*found)[i];
    if (!element.is_object()) fail(cat(key, "[", i, "]"), "must be an object");
    out.push_back(JsonReader(&element, document_, cat(name(key), "[", i, "]"), kind_));
  }
  return out;
}

std::vector<std::string> JsonReader::keys(const char* key) const {
  std::vector<std::string> out;
  const auto* found = value(key);
  if (found == nullptr) return out;
  if (!found->is_object()) fail(key, "must be an object");
  for (const auto& [name, element] : found->items()) out.push_back(name);
  return out;
}

}  // namespace minidock::oci
