// -e, --env-file, -l and --label-file: "NAME=value" from the command line and from files.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace minidock::cli {

// Appends "NAME=value"; a bare NAME copies the caller's value, or is dropped when the caller has none.
// Throws invalid: "invalid environment variable: =x".
void add_environment(std::vector<std::string>& environment, const std::string& text);

// The lines of a file in docker's env-file format: UTF-8, a byte order mark and leading white space cut,
// '#' starts a comment only at the start of a line, no quotes, nothing expanded. Throws invalid naming file and line.
std::vector<std::string> read_definitions(const std::string& path);

// Those of the files, then `environment`: the last value of a name wins, at the place of its first.
std::vector<std::string> join_environment(const std::vector<std::string>& files,
                                          const std::vector<std::string>& environment);
// Names before later ones, likewise.
std::vector<std::string> merge_environment(const std::vector<std::string>& environment);

// "key=value" or "key" (empty value). Throws invalid for an empty key.
void add_label(std::map<std::string, std::string>& labels, const std::string& text);

}  // namespace minidock::cli
