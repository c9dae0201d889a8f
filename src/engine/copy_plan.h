// Where a copy goes: docker's rules for what exists and what does not, for directories, trailing "/" and "/.". Pure.
// Source: the text of `docker cp --help` and docker's reference page of cp.
#pragma once

#include <string>
#include <string_view>

namespace minidock::engine {

// A path as it was given on one side.
struct CopyPath {
  std::string path;                // absolute and clean
  bool is_contents = false;        // it ended with "/.": what is in the directory, not the directory
  bool must_be_directory = false;  // it ended with "/" or "/."
};
CopyPath parse_copy_path(std::string_view absolute);

enum class CopyKind { none, directory, other };

struct CopyPlan {
  std::string directory;  // exists on the destination's side
  std::string name;       // what the source is called in it; ".": what is in the source goes there
};

// Throws invalid in docker's words: "cannot copy directory", "no such directory", "not a directory".
CopyPlan plan_copy(const CopyPath& source, CopyKind source_kind, const CopyPath& destination,
                   CopyKind destination_kind);

}  // namespace minidock::engine
