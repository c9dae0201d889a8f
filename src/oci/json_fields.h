// Typed reading and writing of JSON objects, for source files only: no public header names a JSON type.
//
// A field that is absent or null leaves its target as it was. A field of the wrong type throws an Error of
// the document's kind that names it: "config.json: process.args: expected array of strings".
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace minidock::oci {

// More than any honest document needs; less than what costs memory or stack.
constexpr size_t kJsonBytes = 4 << 20;
constexpr int kJsonDepth = 64;

// Throws `kind`, naming `document`, for what is not JSON or is over a limit.
nlohmann::json parse_json(std::string_view text, std::string_view document, ErrorKind kind);
// The same, and refuses an object that has a key twice: of two readers each may take another of the two.
nlohmann::json parse_json_strictly(std::string_view text, std::string_view document, ErrorKind kind);
void require_distinct_keys(std::string_view text, std::string_view document, ErrorKind kind);
// No spaces, keys sorted; bytes that are not UTF-8 become U+FFFD.
std::string dump_json(const nlohmann::json& value);

class JsonReader {
 public:
  // Borrows `object` for its own lifetime; throws when it is not an object.
  JsonReader(const nlohmann::json& object, std::string_view document, ErrorKind kind);

  bool has(const char* key) const;
  void read(const char* key, std::string& out) const;
  void read(const char* key, bool& out) const;
  void read(const char* key, std::vector<std::string>& out) const;
  void read(const char* key, std::map<std::string, std::string>& out) const;
  template <std::integral Number>
  void read(const char* key, Number& out) const {
    using Limits = std::numeric_limits<Number>;
    if constexpr (std::signed_integral<Number>) {
      out = static_cast<Number>(signed_number(key, Limits::min(), Limits::max(), out));
    } else {
      out = static_cast<Number>(unsigned_number(key, Limits::max(), out));
    }
  }
  template <typename Value>
  void read(const char* key, std::optional<Value>& out) const {
    if (!has(key)) return;
    Value value{};
    read(key, value);
    out = std::move(value);
  }
  void read(const char* key, std::vector<uint32_t>& out) const;

  std::optional<JsonReader> find(const char* key) const;  // an object below this one
  std::vector<JsonReader> list(const char* key) const;    // an array of objects; empty when absent
  std::vector<std::string> keys(const char* key) const;   // of the object below, sorted: Go's sets, {"/data": {}}

  [[noreturn]] void fail(std::string_view key, std::string_view complaint) const;

 private:
  JsonReader(const nlohmann::json* object, std::string document, std::string path, ErrorKind kind)
      : object_(object), document_(std::move(document)), path_(std::move(path)), kind_(kind) {}
  const nlohmann::json* value(const char* key) const;  // nullptr: absent or null
  int64_t signed_number(const char* key, int64_t lowest, int64_t highest, int64_t absent) const;
  uint64_t unsigned_number(const char* key, uint64_t highest, uint64_t absent) const;
  uint64_t to_unsigned(const nlohmann::json& number, std::string_view key, uint64_t highest) const;
  std::string name(std::string_view key) const;

  const nlohmann::json* object_;
  std::string document_, path_;
  ErrorKind kind_;
};

// put(object, "key", value): left out when the value is its type's default, as Go's omitempty does.
template <typename Json, typename Value>
void put(Json& object, const char* key, const Value& value) {
  if (!(value == Value{})) object[key] = value;
}
template <typename Json, typename Value>
void put(Json& object, const char* key, const std::optional<Value>& value) {
  if (value) object[key] = *value;
}
// For objects and arrays under construction.
template <typename Json>
void put_if_any(Json& object, const char* key, Json value) {
  if (!value.empty()) object[key] = std::move(value);
}

}  // namespace minidock::oci
