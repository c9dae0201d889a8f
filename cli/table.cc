#include "cli/table.h"

#include <algorithm>

#include "base/text.h"

namespace minidock::cli {
namespace {

constexpr size_t kPadding = 3;

using Lines = std::vector<std::vector<std::string>>;

// spec: text/tabwriter: a column is a run of neighbouring lines that all have a tab-terminated cell there; each
// run gets a width of its own. Fills `widths[line][column]`.
void measure(const Lines& lines, size_t first, size_t last, size_t column, size_t minimum,
             std::vector<std::vector<size_t>>& widths) {
  for (size_t line = first; line < last; ++line) {
    if (column + 1 >= lines[line].size()) continue;
    size_t end = line;
    size_t width = minimum;
    for (; end < last && column + 1 < lines[end].size(); ++end) {
      width = std::max(width, text_width(lines[end][column]) + kPadding);
    }
    for (size_t i = line; i < end; ++i) widths[i].push_back(width);
    measure(lines, line, end, column + 1, minimum, widths);
    line = end;
  }
}

}  // namespace

size_t text_width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string align_columns(std::string_view text, size_t minimum_width) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  Lines lines;
  for (const std::string& line : split(text, '\n')) lines.push_back(split(line, '\t'));
  std::vector<std::vector<size_t>> widths(lines.size());
  measure(lines, 0, lines.size(), 0, minimum_width, widths);
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t column = 0; column < lines[i].size(); ++column) {
      const std::string& cell = lines[i][column];
      out += cell;
      if (column + 1 < lines[i].size())
        out.append(widths[i][column] - std::min(widths[i][column], text_width(cell)), ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace minidock::cli
