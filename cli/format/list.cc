#include "cli/format/list.h"

#include "base/error.h"
#include "cli/format/template.h"
#include "cli/table.h"

namespace minidock::cli::format {
namespace {

Template parse_template(std::string_view text) {
  try {
    return Template::parse(text);
  } catch (const Error& error) {
    throw error.with_context("failed to parse template");
  }
}

std::string line_text(const Template& line_template, const ListLine& line) {
  try {
    return line_template.execute(line.fields, DataKind::list_line, line.labels) + "\n";
  } catch (const Error& error) {
    throw error.with_context("failed to execute template");
  }
}

}  // namespace

std::string unescape_format(std::string_view format) {
  std::string out;
  bool inside = false;  // strings in actions have escapes of their own
  for (size_t i = 0; i < format.size(); ++i) {
    const std::string_view pair = format.substr(i, 2);
    if (pair == "{{") inside = true;
    if (pair == "}}") inside = false;
    if (!inside && (pair == "\\t" || pair == "\\n")) {
      out += pair == "\\t" ? '\t' : '\n';
      ++i;
    } else {
      out += format[i];
    }
  }
  return out;
}

std::string list_text(std::string_view format, const ListKind& kind, const std::vector<ListLine>& lines) {
  std::string text(trim(format));
  if (text == "json") text = "{{json .}}";
  if (text.empty() || text == "table") text = cat("table ", kind.table);
  const bool is_table = text.starts_with("table ") || text.starts_with("table\\t") || text.starts_with("table{{");
  if (is_table) text = trim(text.substr(5));
  const Template line_template = parse_template(unescape_format(text));
  std::string out;
  if (is_table) {
    Json titles = Json::object();
    for (const auto& [field, title] : kind.titles) titles[field] = title;
    out += line_template.execute(titles, DataKind::list_header) + "\n";
  }
  for (const ListLine& line : lines) out += line_text(line_template, line);
  return is_table ? align_columns(out) : out;
}

}  // namespace minidock::cli::format
