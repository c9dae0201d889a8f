#include "cli/options/environment.h"

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

namespace minidock::cli {
namespace {

constexpr size_t kLineLimit = 64 << 10;  // docker's own: longer lines are a mistake, not a variable
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool has_space(std::string_view text) {
  return text.find_first_of(" \t\v\f\r") != text.npos;
}

std::string_view cut_leading_space(std::string_view line) {
  const size_t start = line.find_first_not_of(" \t\v\f\r");
  return start == line.npos ? std::string_view() : line.substr(start);
}

void check_definition(const std::string& path, size_t number, std::string_view line) {
  const std::string_view name = line.substr(0, line.find('='));
  if (name.empty())
    throw_error(ErrorKind::invalid, path, ":", number, ": no variable name on line '", printable(line), "'");
  if (has_space(name)) {
    throw_error(ErrorKind::invalid, path, ":", number, ": variable '", printable(name), "' contains whitespaces");
  }
}

}  // namespace

void add_environment(std::vector<std::string>& environment, const std::string& text) {
  if (text.empty() || text[0] == '=')
    throw_error(ErrorKind::invalid, "invalid environment variable: ", printable(text));
  if (text.find('=') != std::string::npos) {
    environment.push_back(text);
  } else if (const char* value = std::getenv(text.c_str())) {
    environment.push_back(cat(text, "=", std::string_view(value)));
  }
}

std::vector<std::string> read_definitions(const std::string& path) {
  const std::string text = read_file(AT_FDCWD, path);
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> definitions;
  size_t number = 0;
  for (const std::string& whole : split(rest, '\n')) {
    ++number;
    std::string_view line = whole;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = cut_leading_space(line);
    if (line.empty() || line[0] == '#') continue;
    if (line.size() > kLineLimit) throw_error(ErrorKind::invalid, path, ":", number, ": line is longer than 64 KiB");
    check_definition(path, number, line);
    definitions.emplace_back(line);
  }
  return definitions;
}

std::vector<std::string> merge_environment(const std::vector<std::string>& environment) {
  std::vector<std::string> merged;
  std::map<std::string, size_t, std::less<>> places;
  for (const std::string& definition : environment) {
    const std::string name = definition.substr(0, definition.find('='));
    const auto [place, added] = places.emplace(name, merged.size());
    if (added) {
      merged.push_back(definition);
    } else {
      merged[place->second] = definition;
    }
  }
  return merged;
}

std::vector<std::string> join_environment(const std::vector<std::string>& files,
                                          const std::vector<std::string>& environment) {
  std::vector<std::string> all;
  for (const std::string& path : files) {
    for (const std::string& line : read_definitions(path)) add_environment(all, line);
  }
  all.insert(all.end(), environment.begin(), environment.end());
  return merge_environment(all);
}

void add_label(std::map<std::string, std::string>& labels, const std::string& text) {
  const size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  if (key.empty() || has_space(key)) {
    throw_error(ErrorKind::invalid, "invalid label '", printable(text),
                "': the key must not be empty or contain white space");
  }
  labels[key] = equals == std::string::npos ? "" : text.substr(equals + 1);
}

}  // namespace minidock::cli
