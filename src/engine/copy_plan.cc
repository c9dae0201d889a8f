#include "engine/copy_plan.h"

#include "base/error.h"
#include "oci/path.h"

namespace minidock::engine {

namespace {

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

CopyPath parse_copy_path(std::string_view absolute) {
  CopyPath out;
  out.path = oci::clean_path("", absolute);
  out.is_contents = absolute.ends_with("/.");
  out.must_be_directory = out.is_contents || absolute.ends_with('/');
  return out;
}

CopyPlan plan_copy(const CopyPath& source, CopyKind source_kind, const CopyPath& destination,
                   CopyKind destination_kind) {
  const bool is_directory = source_kind == CopyKind::directory;
  if (source.must_be_directory && !is_directory) throw_error(ErrorKind::invalid, "not a directory");
  // Of the root nothing but what is in it can be copied: it has no name.
  const std::string name = source.is_contents || source.path == "/" ? "." : name_of(source.path);
  if (destination_kind == CopyKind::directory) return {destination.path, name};
  if (destination.must_be_directory && destination_kind == CopyKind::other) {
    throw_error(ErrorKind::invalid, "not a directory");
  }
  if (is_directory && destination_kind == CopyKind::other) throw_error(ErrorKind::invalid, "cannot copy directory");
  if (!is_directory && destination.must_be_directory) throw_error(ErrorKind::invalid, "no such directory");
  return {directory_of(destination.path), name_of(destination.path)};
}

}  // namespace minidock::engine
