#include "cli/runtime/table.h"

#include <algorithm>

#include "base/error.h"
#include "cli/table.h"

namespace minidock::cli {

std::string aligned_table(const RuntimeTable& rows, size_t least) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), least);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]) + 2);
  }
  std::string out;
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - text_width(row[i]), ' ');
    }
    out += '\n';
  }
  return out;
}

void require_table_or_json(const std::string& format) {
  if (format != "table" && format != "json")
    throw_error(ErrorKind::invalid, "invalid format option \"", printable(format), "\": use table or json");
}

}  // namespace minidock::cli
