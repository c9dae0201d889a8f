#include "cli/format/inspect.h"

#include "base/error.h"
#include "cli/format/functions.h"
#include "cli/format/template.h"

namespace minidock::cli::format {

std::string object_text(std::string_view format, const Json& object) {
  try {
    if (format == "json") return to_json_text(object) + "\n";
    return Template::parse(format).execute(object) + "\n";
  } catch (const Error& error) {
    throw error.with_context("template parsing error");
  }
}

std::string inspect_text(std::string_view format, const std::vector<Json>& objects) {
  if (format.empty()) return Json(objects).dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
  if (format == "json") return to_json_text(Json(objects)) + "\n";
  std::string out;
  for (const Json& object : objects) out += object_text(format, object);
  return out;
}

}  // namespace minidock::cli::format
