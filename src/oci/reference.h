// Image references: [domain/]path[:tag][@digest], by the grammar of distribution/reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/digest.h"

namespace minidock::oci {

struct Reference {
  std::string name;  // canonical repository: "docker.io/library/ubuntu", "localhost:5000/app"
  std::string tag;   // "" only when a digest is given without a tag
  std::optional<Digest> digest;

  // "ubuntu:latest": the name as people type it, docker.io/ and library/ left out.
  std::string familiar() const;
  std::string familiar_name() const;  // without tag and digest
  std::string canonical() const;      // name:tag[@digest]
  bool operator==(const Reference&) const = default;
};

// Throws invalid: "invalid reference format", "invalid reference format: repository name (X) must be lowercase",
// 64 hex digits alone are refused (they name an ID). A missing tag becomes "latest".
Reference parse_reference(std::string_view text);

bool is_tag(std::string_view text);

// The repository name that a file suggests: "/x/Ubuntu-24.04.tar.gz" -> "ubuntu-24.04"; nullopt when nothing
// valid remains. Extensions cut: .tar, .tar.gz .tgz .tar.xz .txz .tar.zst .tzst .tar.bz2 .tbz2.
std::optional<std::string> name_from_file(std::string_view path);

}  // namespace minidock::oci
