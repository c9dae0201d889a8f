// Paths inside a container as text: no file system is asked, so no link is followed.
#pragma once

#include <string>
#include <string_view>

namespace minidock::oci {

// `path` below `base` ("" is "/"), with ".", ".." and doubled slashes resolved; ".." never climbs above "/".
// An absolute `path` leaves `base` aside. The result starts with "/" and ends with none but for the root.
std::string clean_path(std::string_view base, std::string_view path);

// Is `path` the directory `parent` or below it? Both clean.
bool is_within(std::string_view path, std::string_view parent);

}  // namespace minidock::oci
