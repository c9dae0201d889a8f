// Columns as docker prints them: Go's text/tabwriter with a minimum width, 3 spaces of padding and blanks.
// A cell that ends its line is not padded and does not widen its column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minidock::cli {

// `text`: lines of cells separated by tabs. Returns the aligned lines, each ended by a newline.
std::string align_columns(std::string_view text, size_t minimum_width = 10);

// Width of UTF-8 text in characters, as tabwriter counts it.
size_t text_width(std::string_view text);

}  // namespace minidock::cli
