#include "registry/registry.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "oci/image_signature.h"
#include "oci/json_fields.h"
#include "registry/tag_list.h"

namespace minidock::registry {

namespace {

constexpr uint64_t kRestart = 1 << 20;  // so many bytes more, and broken attempts are counted anew

std::string familiar_name(const std::string& host, const std::string& name) {
  oci::Reference reference;
  reference.name = cat(host, "/", name);
  return reference.familiar_name();
}

// What Content-Type says, or where a server gives none of use, what the text says of itself.
std::string media_type_of(const HttpResponse& response, const std::string& document) {
  oci::Descriptor type;
  type.media_type = response.header("content-type");
  type.media_type = lower(trim(type.media_type.substr(0, type.media_type.find(';'))));
  if (type.is_index() || type.is_manifest()) return type.media_type;
  if (type.media_type.starts_with("application/vnd.docker.distribution.manifest.v1")) {
    throw_error(ErrorKind::unsupported, document,
                ": a manifest of the form that docker before 1.10 wrote; push the image again with a newer docker");
  }
  const nlohmann::json parsed = oci::parse_json_strictly(response.body, document, ErrorKind::corrupt);
  const oci::JsonReader from(parsed, document, ErrorKind::corrupt);
  from.read("mediaType", type.media_type);
  if (type.is_index() || type.is_manifest()) return type.media_type;
  return from.has("manifests") ? oci::media::kIndex : oci::media::kManifest;
}

// A blob on its way into a file.
class Arrival {
 public:
  Arrival(const oci::Descriptor& blob, int fd, const std::function<void(uint64_t)>& progress)
      : blob_(blob), fd_(fd), progress_(progress) {}

  void prepare(HttpRequest& request) {
    skip_ = 0;
    began_ = false;
    if (done_ > 0) request.headers.push_back(cat("Range: bytes=", done_, "-"));
    request.sink = [this](const HttpResponse& head, std::string_view bytes) { take(head, bytes); };
  }
  bool came_on() {
    const bool far = done_ >= counted_ + kRestart;
    if (far) counted_ = done_;
    return far;
  }
  void finish() {
    if (done_ != blob_.size) {
      throw_error(ErrorKind::corrupt, "has ", done_, " bytes, and should have ", blob_.size);
    }
    const oci::Digest found = hasher_.finish();
    if (found != blob_.digest) {
      throw_error(ErrorKind::corrupt, "its SHA-256 is ", found.hex(), ", and should be ", blob_.digest.hex());
    }
  }

 private:
  void begin(const HttpResponse& head) {
    began_ = true;
    if (head.status != 206) {
      skip_ = done_;  // the server does not know parts: what is here comes again
      return;
    }
    if (!head.header("content-range").starts_with(cat("bytes ", done_, "-"))) {
      throw_error(ErrorKind::corrupt, "asked for the bytes from ", done_, ", and got ",
                  printable(head.header("content-range").substr(0, 80)));
    }
  }
  void take(const HttpResponse& head, std::string_view bytes) {
    if (!began_) begin(head);
    const auto passed = static_cast<size_t>(std::min<uint64_t>(skip_, bytes.size()));
    skip_ -= passed;
    bytes.remove_prefix(passed);
    if (done_ + bytes.size() > blob_.size) {
      throw_error(ErrorKind::corrupt, "has more than the ", blob_.size, " bytes that it should have");
    }
    write_all(fd_, bytes);
    hasher_.update(bytes);
    done_ += bytes.size();
    if (progress_ && !bytes.empty()) progress_(done_);
  }

  const oci::Descriptor& blob_;
  int fd_;
  const std::function<void(uint64_t)>& progress_;
  oci::Hasher hasher_;
  uint64_t done_ = 0, counted_ = 0, skip_ = 0;
  bool began_ = false;
};

}  // namespace

std::string host_of(const oci::Reference& reference) {
  return reference.name.substr(0, reference.name.find('/'));
}
std::string repository_of(const oci::Reference& reference) {
  return reference.name.substr(reference.name.find('/') + 1);
}

std::string Repository::pull_scope() const {
  return cat("repository:", name_, ":pull");
}

void Repository::refuse(const HttpResponse& response, const std::string& what) const {
  const std::string text = refusal_text(response);
  const std::string reason = text.empty() ? cat("status ", response.status) : text;
  switch (response.status) {
    case 401:
    case 403:
      throw_error(ErrorKind::permission, "pull access denied for ", familiar_name(session_.host(), name_),
                  ", repository does not exist or may require 'minidock login': ", reason);
    case 404:
      throw_error(ErrorKind::not_found, what, " not found: ", reason);
    default:
      refuse_answer(response, what, reason);
  }
}

Document Repository::fetch_manifest(const std::string& tag_or_digest) {
  const std::optional<oci::Digest> wanted = oci::Digest::parse(tag_or_digest);
  const std::string what =
      cat("manifest for ", familiar_name(session_.host(), name_), wanted ? "@" : ":", tag_or_digest);
  HttpRequest request;
  request.most_bytes = oci::kJsonBytes;
  request.headers = {cat("Accept: ", oci::media::kIndex, ", ", oci::media::kManifest, ", ", oci::media::kDockerList,
                         ", ", oci::media::kDockerManifest)};
  const HttpResponse response = session_.send(cat("/v2/", name_, "/manifests/", tag_or_digest), request, pull_scope());
  if (!response.good()) refuse(response, what);
  Document document;
  document.text = response.body;
  document.digest = oci::sha256(document.text);
  // security: a digest that was asked for is the only thing that holds; a server's own word is checked all the same.
  const std::string said = response.header("docker-content-digest");
  const std::string expected = wanted ? wanted->text() : said;
  if (!expected.empty() && expected != document.digest.text()) {
    throw_error(ErrorKind::corrupt, what, ": its SHA-256 is ", document.digest.hex(), ", and should be ",
                printable(expected.substr(0, 80)));
  }
  oci::Descriptor type;
  type.media_type = document.media_type = media_type_of(response, what);
  document.is_index = type.is_index();
  return document;
}

std::vector<std::string> Repository::list_tags() {
  constexpr size_t kMostTags = 100'000;
  const std::string what = cat("tags of ", familiar_name(session_.host(), name_));
  std::vector<std::string> tags;
  std::set<std::string> known;
  HttpRequest request;
  request.most_bytes = oci::kJsonBytes;
  for (Url page = resolve_location(session_.base(), cat("/v2/", name_, "/tags/list"));;) {
    const HttpResponse response = session_.send(page.text(), request, pull_scope());
    if (!response.good()) refuse(response, what);
    const size_t before = tags.size();
    for (const std::string& tag : parse_tag_list(response.body, what)) {
      if (known.insert(tag).second) tags.push_back(tag);
    }
    const std::optional<std::string> next = next_page(response.header("link"));
    if (!next) return tags;
    // security: a registry may lead in circles, or go on for ever.
    if (tags.size() == before || tags.size() > kMostTags) {
      throw_error(ErrorKind::corrupt, what, ": the list does not end: ", tags.size(), " so far");
    }
    page = resolve_location(page, *next);
  }
}

// The index's text; "" where the registry has none.
std::string Repository::fetch_referrers_index(const oci::Digest& subject, const std::string& artifact_type) {
  HttpRequest request;
  request.most_bytes = oci::kJsonBytes;
  request.headers = {cat("Accept: ", oci::media::kIndex)};
  const std::string path =
      cat("/v2/", name_, "/referrers/", subject.text(), "?artifactType=", percent_encode(artifact_type));
  const HttpResponse response = session_.send(path, request, pull_scope());
  // spec: that is what tells one that has the API; others answer to an address that they do not know in many ways.
  if (response.good() && response.header("content-type").starts_with(oci::media::kIndex)) return response.body;
  if (response.status >= 500 || response.status == 429) refuse(response, cat("referrers of ", subject.text()));
  try {
    const Document document = fetch_manifest(oci::referrers_tag(subject));
    return document.is_index ? document.text : "";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || dynamic_cast<const TransferError*>(&error) != nullptr) throw;
    return "";
  }
}

std::vector<oci::Descriptor> Repository::fetch_referrers(const oci::Digest& subject, const std::string& artifact_type) {
  const std::string what = cat("referrers of ", subject.text());
  const std::string index = fetch_referrers_index(subject, artifact_type);
  std::vector<oci::Descriptor> found;
  if (!index.empty()) found = oci::parse_image_index(index, what);
  std::erase_if(found, [&](const oci::Descriptor& one) { return one.artifact_type != artifact_type; });
  if (found.empty()) throw_error(ErrorKind::not_found, what, " not found");
  return found;
}

std::string Repository::fetch_text(const oci::Descriptor& blob) {
  const std::string what = cat("blob ", blob.digest.text());
  if (blob.size > oci::kJsonBytes) {
    throw_error(ErrorKind::corrupt, what, ": is larger than ", oci::kJsonBytes >> 20, " MiB");
  }
  HttpRequest request;
  request.most_bytes = oci::kJsonBytes;
  const HttpResponse response = session_.send(cat("/v2/", name_, "/blobs/", blob.digest.text()), request, pull_scope());
  if (!response.good()) refuse(response, what);
  if (response.body.size() != blob.size) {
    throw_error(ErrorKind::corrupt, what, ": has ", response.body.size(), " bytes, and should have ", blob.size);
  }
  const oci::Digest found = oci::sha256(response.body);
  if (found != blob.digest) throw_error(ErrorKind::corrupt, what, ": its SHA-256 is ", found.hex());
  return response.body;
}

void Repository::fetch_blob(const oci::Descriptor& blob, int fd, const std::function<void(uint64_t)>& progress) {
  const std::string what = cat("blob ", blob.digest.text());
  Arrival arrival(blob, fd, progress);
  const HttpResponse response = session_.send(
      cat("/v2/", name_, "/blobs/", blob.digest.text()), {}, pull_scope(),
      [&](HttpRequest& request) { arrival.prepare(request); }, [&] { return arrival.came_on(); });
  if (!response.good()) refuse(response, what);
  try {
    arrival.finish();
  } catch (const Error& error) {
    throw error.with_context(what);
  }
}

}  // namespace minidock::registry
