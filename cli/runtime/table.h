// Tables as runc prints them: a column is as wide as its widest cell and two blanks.
#pragma once

#include <string>
#include <vector>

namespace minidock::cli {

using RuntimeTable = std::vector<std::vector<std::string>>;

// No column but the last is narrower than `least`; the last is not padded.
std::string aligned_table(const RuntimeTable& rows, size_t least);

// Throws invalid for another --format: "invalid format option".
void require_table_or_json(const std::string& format);

}  // namespace minidock::cli
