#include "oci/json_fields.h"

#include <nlohmann/json.hpp>
#include <set>

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

nlohmann::json parse_json_strictly(std::string_view text, std::string_view document, ErrorKind kind) {
  require_distinct_keys(text, document, kind);
  return parse_json(text, document, kind);
}

void require_distinct_keys(std::string_view text, std::string_view document, ErrorKind kind) {
  parse_json(text, document, kind);  // within the limits
  std::vector<std::set<std::string>> open;
  std::string twice;
  using Event = nlohmann::json::parse_event_t;
  const auto look = [&](int, Event event, nlohmann::json& part) {
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end) open.pop_back();
    if (event == Event::key && !open.back().insert(part.get<std::string>()).second) twice = part.get<std::string>();
    return true;
  };
  if (nlohmann::json::parse(text, look, false).is_discarded()) return;
  if (!twice.empty()) throw_error(kind, document, ": has the key \"", printable(twice), "\" twice");
}

// Replaced, not refused: a label that is not UTF-8 must not make a container unlistable.
std::string dump_json(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

JsonReader::JsonReader(const nlohmann::json& object, std::string_view document, ErrorKind kind)
    : JsonReader(&object, std::string(document), "", kind) {
  if (!object.is_object()) throw_error(kind, document, ": expected JSON object");
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
  if (!found->is_string()) fail(key, "expected string");
  out = found->get<std::string>();
}

void JsonReader::read(const char* key, bool& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_boolean()) fail(key, "expected true or false");
  out = found->get<bool>();
}

void JsonReader::read(const char* key, std::vector<std::string>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_array()) fail(key, "expected array of strings");
  out.clear();
  for (size_t i = 0; i < found->size(); ++i) {
    if (!(*found)[i].is_string()) fail(cat(key, "[", i, "]"), "expected string");
    out.push_back((*found)[i].get<std::string>());
  }
}

void JsonReader::read(const char* key, std::map<std::string, std::string>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_object()) fail(key, "expected object of strings");
  out.clear();
  for (const auto& [name, element] : found->items()) {
    if (element.is_null()) continue;
    if (!element.is_string()) fail(cat(key, ".", printable(name)), "expected string");
    out[name] = element.get<std::string>();
  }
}

void JsonReader::read(const char* key, std::vector<uint32_t>& out) const {
  const auto* found = value(key);
  if (found == nullptr) return;
  if (!found->is_array()) fail(key, "expected array of integers");
  out.clear();
  for (size_t i = 0; i < found->size(); ++i)
    out.push_back(static_cast<uint32_t>(to_unsigned((*found)[i], cat(key, "[", i, "]"), UINT32_MAX)));
}

// A number with a fraction or an exponent is none of ours, whatever its value: Go refuses it as well.
int64_t JsonReader::signed_number(const char* key, int64_t lowest, int64_t highest, int64_t absent) const {
  const auto* found = value(key);
  if (found == nullptr) return absent;
  if (!found->is_number_integer()) fail(key, "expected integer");
  // The parser keeps non-negative numbers unsigned: both forms are looked at, so that none wraps around.
  const bool fits = found->is_number_unsigned() ? found->get<uint64_t>() <= static_cast<uint64_t>(highest)
                                                : found->get<int64_t>() >= lowest;
  if (!fits) fail(key, cat("expected integer from ", lowest, " to ", highest));
  return found->get<int64_t>();
}

uint64_t JsonReader::unsigned_number(const char* key, uint64_t highest, uint64_t absent) const {
  const auto* found = value(key);
  return found == nullptr ? absent : to_unsigned(*found, key, highest);
}

uint64_t JsonReader::to_unsigned(const nlohmann::json& number, std::string_view key, uint64_t highest) const {
  if (!number.is_number_integer()) fail(key, "expected integer");
  if (!number.is_number_unsigned() || number.get<uint64_t>() > highest)
    fail(key, cat("expected integer from 0 to ", highest));
  return number.get<uint64_t>();
}

std::optional<JsonReader> JsonReader::find(const char* key) const {
  const auto* found = value(key);
  if (found == nullptr) return std::nullopt;
  if (!found->is_object()) fail(key, "expected object");
  return JsonReader(found, document_, name(key), kind_);
}

std::vector<JsonReader> JsonReader::list(const char* key) const {
  std::vector<JsonReader> out;
  const auto* found = value(key);
  if (found == nullptr) return out;
  if (!found->is_array()) fail(key, "expected array of objects");
  for (size_t i = 0; i < found->size(); ++i) {
    const auto& element = (*found)[i];
    if (!element.is_object()) fail(cat(key, "[", i, "]"), "expected object");
    out.push_back(JsonReader(&element, document_, cat(name(key), "[", i, "]"), kind_));
  }
  return out;
}

std::vector<std::string> JsonReader::keys(const char* key) const {
  std::vector<std::string> out;
  const auto* found = value(key);
  if (found == nullptr) return out;
  if (!found->is_object()) fail(key, "expected object");
  for (const auto& [name, element] : found->items()) out.push_back(name);
  return out;
}

}  // namespace minidock::oci
