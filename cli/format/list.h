// Lists: --format of ps, images and the like. "" and "table" are the verb's own table, "table TEMPLATE" a table
// of one's own, "json" one object a line, anything else a template a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/format/ast.h"

namespace minidock::cli::format {

struct ListKind {
  std::string table;                                        // default template, cells separated by \t
  std::vector<std::pair<std::string, std::string>> titles;  // field -> header: {"ID", "CONTAINER ID"}
};

struct ListLine {
  Json fields;  // keys sorted, as docker's JSON shows them
  Json labels = Json::object();
};

// The whole text to print. Throws invalid: "failed to parse template: …", "failed to execute template: …".
std::string list_text(std::string_view format, const ListKind& kind, const std::vector<ListLine>& lines);

// "\t" and "\n" typed as two letters in a shell become what they mean, outside of actions.
std::string unescape_format(std::string_view format);

}  // namespace minidock::cli::format
