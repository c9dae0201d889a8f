#include "oci/change_command.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/json_fields.h"

namespace minidock::oci {

std::optional<std::vector<std::string>> find_json_words(std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (!trimmed.starts_with('[') || trimmed.size() > kJsonBytes) return std::nullopt;
  const auto value = nlohmann::json::parse(trimmed, nullptr, false);
  // What only looks like JSON is the shell's to read, as in a Dockerfile.
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> words;
  for (const auto& element : value) {
    if (!element.is_string()) {
      throw_error(ErrorKind::invalid, "When using JSON array syntax, arrays must be comprised of strings only.");
    }
    words.push_back(element.get<std::string>());
  }
  return words;
}

std::vector<std::string> parse_command(std::string_view text, const std::vector<std::string>& shell) {
  if (auto words = find_json_words(text)) return *words;
  std::vector<std::string> command = shell;
  if (command.empty()) command = {"/bin/sh", "-c"};
  command.emplace_back(trim(text));
  return command;
}

}  // namespace minidock::oci
