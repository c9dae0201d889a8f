// One repository of a registry: manifests and blobs by their digests, each checked as it comes.
// Source: OCI distribution-spec 1.1, "Pull", "Listing Referrers".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "oci/image_manifest.h"
#include "oci/reference.h"
#include "registry/session.h"

namespace minidock::registry {

// "docker.io/library/ubuntu" -> "docker.io", "library/ubuntu".
std::string host_of(const oci::Reference& reference);
std::string repository_of(const oci::Reference& reference);

// A manifest or an index, as it is.
struct Document {
  std::string text;
  oci::Digest digest;  // of the text
  std::string media_type;
  bool is_index = false;
};

class Repository {
 public:
  // `session` is borrowed, and is with the host of the name.
  Repository(Session& session, std::string name) : session_(session), name_(std::move(name)) {}

  // By tag or digest. Throws not_found and permission in docker's words, corrupt where the text is not what it should
  // be, unsupported for a manifest of docker before 1.10.
  Document fetch_manifest(const std::string& tag_or_digest);
  // All its tags, in the registry's order. Throws as fetch_manifest(); corrupt for a list that does not end.
  std::vector<std::string> list_tags();
  // The artifacts of that type that have the manifest for their subject: by the referrers API, else by the index below
  // the referrers tag. Of very many the first page. Throws not_found where there is none.
  std::vector<oci::Descriptor> fetch_referrers(const oci::Digest& subject, const std::string& artifact_type);
  // What is small: configs.
  std::string fetch_text(const oci::Descriptor& blob);
  // To `fd`, an empty file (borrowed): size and SHA-256 are checked as it comes. A body that breaks is gone on with
  // where it broke off. `progress` is told of bytes.
  void fetch_blob(const oci::Descriptor& blob, int fd, const std::function<void(uint64_t)>& progress = {});

 private:
  [[noreturn]] void refuse(const HttpResponse& response, const std::string& what) const;
  std::string pull_scope() const;
  std::string fetch_referrers_index(const oci::Digest& subject, const std::string& artifact_type);

  Session& session_;
  std::string name_;
};

}  // namespace minidock::registry
