#include "registry/endpoints.h"

#include <unistd.h>

#include "base/text.h"

namespace minidock::registry {

namespace {

// A mirror that is slow to answer is worse than none.
constexpr int kMirrorConnectSeconds = 5;
constexpr int kMirrorAttempts = 2;

Settings for_mirror(Settings settings) {
  settings.connect_seconds = std::min(settings.connect_seconds, kMirrorConnectSeconds);
  settings.attempts = std::min(settings.attempts, kMirrorAttempts);
  return settings;
}

bool is_prefix(std::string_view prefix, std::string_view name) {
  return name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '/');
}

}  // namespace

std::vector<Endpoint> endpoints_of(const Settings& settings, const oci::Reference& reference) {
  const MirrorRule* best = nullptr;
  for (const MirrorRule& rule : settings.mirrors) {
    if (!is_prefix(rule.prefix, reference.name)) continue;
    if (best == nullptr || rule.prefix.size() > best->prefix.size()) best = &rule;
  }
  std::vector<Endpoint> endpoints;
  if (best != nullptr) {
    for (const std::string& mirror : best->mirrors) {
      const std::string whole = mirror + reference.name.substr(best->prefix.size());
      const size_t slash = whole.find('/');
      if (slash == std::string::npos) {
        throw_error(ErrorKind::invalid, "the mirror ", mirror, " of ", best->prefix,
                    " needs a path: the prefix is the whole of the image's name");
      }
      endpoints.push_back({whole.substr(0, slash), whole.substr(slash + 1)});
    }
    if (best->only) return endpoints;
  }
  endpoints.push_back({host_of(reference), repository_of(reference)});
  return endpoints;
}

Endpoints::Endpoints(const Settings& settings, const oci::Reference& reference) {
  for (const Endpoint& endpoint : endpoints_of(settings, reference)) {
    const bool is_mirror = endpoint != Endpoint{host_of(reference), repository_of(reference)};
    places_.push_back(
        {std::make_unique<Session>(is_mirror ? for_mirror(settings) : settings, endpoint.host), endpoint.repository});
  }
}

void Endpoints::learn_from(const Endpoints& other) {
  for (size_t i = 0; i < places_.size(); ++i) {
    places_[i].session->learn_from(*other.places_[i].session);
    places_[i].failed = other.places_[i].failed;
  }
}

void Endpoints::ask(const std::function<void(Repository&)>& question) {
  std::string said;  // by those before the last
  for (Place& place : places_) {
    const bool is_last = &place == &places_.back();
    if (place.failed && !is_last) continue;
    try {
      Repository repository(*place.session, place.repository);
      return question(repository);
    } catch (const Error& error) {
      if (error.error_number() != 0) throw;  // a full disk, say: no other place helps
      if (is_last) throw Error(error.kind(), cat(error.what(), said));
      place.failed = error.kind() != ErrorKind::not_found || dynamic_cast<const TransferError*>(&error) != nullptr;
      said += cat("; mirror ", place.session->host(), ": ", error.what());
    }
  }
}

Document Endpoints::fetch_manifest(const std::string& tag_or_digest) {
  Document document;
  ask([&](Repository& repository) { document = repository.fetch_manifest(tag_or_digest); });
  return document;
}

std::vector<std::string> Endpoints::list_tags() {
  std::vector<std::string> tags;
  ask([&](Repository& repository) { tags = repository.list_tags(); });
  return tags;
}

std::vector<oci::Descriptor> Endpoints::fetch_referrers(const oci::Digest& subject, const std::string& artifact_type) {
  std::vector<oci::Descriptor> found;
  ask([&](Repository& repository) { found = repository.fetch_referrers(subject, artifact_type); });
  return found;
}

std::string Endpoints::fetch_text(const oci::Descriptor& blob) {
  std::string text;
  ask([&](Repository& repository) { text = repository.fetch_text(blob); });
  return text;
}

void Endpoints::fetch_blob(const oci::Descriptor& blob, int fd, const std::function<void(uint64_t)>& progress) {
  ask([&](Repository& repository) {
    // What one that failed has sent is nobody's: it may have been wrong.
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) < 0) throw_errno("empty the file of blob ", blob.digest.text());
    repository.fetch_blob(blob, fd, progress);
  });
}

}  // namespace minidock::registry
