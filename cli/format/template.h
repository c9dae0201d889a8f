// --format: a Go template over a JSON value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/format/ast.h"

namespace minidock::cli::format {

// What the data stand for: inspect shows maps; a list's lines are docker's formatter objects, with a method
// .Label and with <, > and & escaped in JSON; a list's header is the same template over the columns' titles.
enum class DataKind { inspected, list_line, list_header };

class Template {
 public:
  // Throws invalid with Go's text ("template: :1: unclosed action").
  static Template parse(std::string_view text);

  // `labels`: what the method .Label "key" of a list's line looks into.
  // Throws invalid: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope".
  std::string execute(const Json& data, DataKind kind = DataKind::inspected, const Json& labels = Json::object()) const;

 private:
  std::vector<Node> nodes_;
};

}  // namespace minidock::cli::format
