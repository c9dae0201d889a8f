// The index below a referrers tag: what registries without the referrers API have of a manifest's artifacts, kept by
// their clients. Source: OCI distribution-spec 1.1, "Pushing Manifests with Subject" and "Referrers Tag Schema".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oci/image_manifest.h"

namespace minidock::oci {

// The index with one artifact more, all else in it as it is, whoever put it there; a new one for "". nullopt where it
// lists the artifact already. Throws corrupt, naming `document`, for a text that is no index.
std::optional<std::string> add_referrer(std::string_view index, const Descriptor& artifact, std::string_view document);

}  // namespace minidock::oci
