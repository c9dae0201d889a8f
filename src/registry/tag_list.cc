#include "registry/tag_list.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "oci/json_fields.h"
#include "oci/reference.h"

namespace minidock::registry {

namespace {

// `rel="next"`, `rel=next`, and a list of relations between quotes.
bool says_next(std::string_view parameters) {
  for (const std::string& parameter : split(parameters, ';')) {
    const std::string text = lower(trim(parameter));
    if (!text.starts_with("rel=")) continue;
    std::string_view value = trim(std::string_view(text).substr(4));
    if (value.size() > 1 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    for (const std::string& relation : split(value, ' ')) {
      if (relation == "next") return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> next_page(std::string_view link) {
  for (;;) {
    const size_t begin = link.find('<');
    const size_t end = link.find('>', begin == std::string_view::npos ? 0 : begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
    const std::string_view url = link.substr(begin + 1, end - begin - 1);
    link.remove_prefix(end + 1);
    // A further link begins behind a comma, with a "<" that a parameter cannot have.
    const std::string_view parameters = link.substr(0, link.find('<'));
    if (says_next(parameters.substr(0, parameters.rfind(',')))) return std::string(url);
  }
}

std::vector<std::string> parse_tag_list(std::string_view text, const std::string& what) {
  const nlohmann::json parsed = oci::parse_json(text, what, ErrorKind::corrupt);
  std::vector<std::string> tags;  // docker's registry says null where there is none
  oci::JsonReader(parsed, what, ErrorKind::corrupt).read("tags", tags);
  for (const std::string& tag : tags) {
    if (!oci::is_tag(tag)) {
      throw_error(ErrorKind::corrupt, what, ": \"", printable(tag.substr(0, 80)), "\" is no tag");
    }
  }
  return tags;
}

}  // namespace minidock::registry
