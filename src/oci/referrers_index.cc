#include "oci/referrers_index.h"

#include <nlohmann/json.hpp>

#include "oci/json_fields.h"

namespace minidock::oci {

std::optional<std::string> add_referrer(std::string_view index, const Descriptor& artifact, std::string_view document) {
  nlohmann::json whole = {{"schemaVersion", 2}, {"mediaType", media::kIndex}, {"manifests", nlohmann::json::array()}};
  if (!index.empty()) {
    parse_image_index(index, document);
    whole = parse_json_strictly(index, document, ErrorKind::corrupt);
  }
  nlohmann::json& manifests = whole["manifests"];
  for (const nlohmann::json& listed : manifests) {
    if (listed.value("digest", "") == artifact.digest.text()) return std::nullopt;
  }
  manifests.push_back({{"mediaType", artifact.media_type},
                       {"digest", artifact.digest.text()},
                       {"size", artifact.size},
                       {"artifactType", artifact.artifact_type}});
  return dump_json(whole);
}

}  // namespace minidock::oci
