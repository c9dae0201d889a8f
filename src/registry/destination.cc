#include "registry/destination.h"

#include <utility>

#include "base/text.h"
#include "oci/image_signature.h"
#include "oci/referrers_index.h"
#include "registry/registry.h"
#include "registry/retry.h"

namespace minidock::registry {

namespace {

constexpr int kMostRenewals = 2;  // of uploads that broke because a token had expired meanwhile
constexpr int kCompletion =
    15 * 60;  // seconds: a registry reads a large blob once more before it says that it is whole

Url with_digest(Url location, const oci::Digest& digest) {
  location.rest +=
      cat(location.rest.find('?') == std::string::npos ? "?" : "&", "digest=", percent_encode(digest.text()));
  return location;
}

// What a registry says that it has taken, where it says so.
void require_digest(const HttpResponse& response, const oci::Digest& digest, const std::string& what) {
  const std::string said = response.header("docker-content-digest");
  if (said.empty() || said == digest.text()) return;
  throw_error(ErrorKind::corrupt, what, ": the registry says that it has ", printable(said.substr(0, 80)),
              ", and was sent ", digest.text());
}

}  // namespace

// A blob on its way out: hashed and counted as it goes.
class Destination::Outgoing {
 public:
  explicit Outgoing(BlobReader reader) : reader_(std::move(reader)) {}

  size_t read(char* buffer, size_t room) {
    const size_t got = reader_(buffer, room);
    hasher_.update({buffer, got});
    sent_.size += got;
    if (got == 0 && !at_end_) {
      at_end_ = true;
      sent_.digest = hasher_.finish();
    }
    return got;
  }
  // order: before the last byte goes, so that the registry never gets the whole of a wrong one.
  size_t read_checked(char* buffer, size_t room, const oci::Descriptor& known) {
    const size_t got = read(buffer, room);
    if (sent_.size > known.size || (got == 0 && sent_.size < known.size)) {
      throw_error(ErrorKind::corrupt, "blob ", known.digest.text(), ": has ",
                  sent_.size > known.size ? "more than " : "", sent_.size > known.size ? known.size : sent_.size,
                  " bytes, and should have ", known.size);
    }
    if (sent_.size < known.size || at_end_) return got;
    char beyond = 0;
    if (read(&beyond, 1) != 0) {
      throw_error(ErrorKind::corrupt, "blob ", known.digest.text(), ": has more than the ", known.size,
                  " bytes that it should have");
    }
    if (sent_.digest != known.digest) {
      throw_error(ErrorKind::corrupt, "blob ", known.digest.text(), ": its SHA-256 is ", sent_.digest.hex());
    }
    return got;
  }
  // Of one that has been read to its end.
  const oci::Descriptor& sent() const { return sent_; }

 private:
  BlobReader reader_;
  oci::Hasher hasher_;
  oci::Descriptor sent_;
  bool at_end_ = false;
};

std::string Destination::scope() const {
  return cat("repository:", name_, ":pull,push");
}

void Destination::refuse(const HttpResponse& response, const std::string& what) const {
  std::string reason = refusal_text(response);
  // An answer to HEAD has no text: docker's words for it then.
  if (reason.empty() && response.status == 401) reason = "unauthorized: authentication required";
  if (reason.empty() && response.status == 403) reason = "denied: requested access to the resource is denied";
  if (reason.empty()) reason = cat("status ", response.status);
  switch (response.status) {
    case 401:
    case 403:
      throw_error(ErrorKind::permission, reason, "; use `minidock login", session_.host() == "docker.io" ? "" : " ",
                  session_.host() == "docker.io" ? "" : session_.host(), "` as somebody who may push to ", name_);
    case 413:
      throw_error(ErrorKind::exhausted, what, ": larger than the registry takes: ", reason);
    default:
      refuse_answer(response, what, reason);
  }
}

bool Destination::has_blob(const oci::Descriptor& blob) {
  HttpRequest request;
  request.method = "HEAD";
  const HttpResponse response = session_.send(cat("/v2/", name_, "/blobs/", blob.digest.text()), request, scope());
  if (response.status == 404) return false;
  if (!response.good()) refuse(response, cat("blob ", blob.digest.text()));
  // One of another size is not what we mean; sending ours will show whose fault it is.
  const std::string size = response.header("content-length");
  return size.empty() || size == cat(blob.size);
}

bool Destination::try_mount(const oci::Descriptor& blob, const std::string& from) {
  HttpRequest request;
  request.method = "POST";
  const std::string path =
      cat("/v2/", name_, "/blobs/uploads/?mount=", percent_encode(blob.digest.text()), "&from=", percent_encode(from));
  try {
    const HttpResponse response = session_.send(path, request, cat(scope(), " repository:", from, ":pull"));
    if (response.status == 201) require_digest(response, blob.digest, cat("blob ", blob.digest.text()));
    if (response.status == 202) begun_ = resolve_location(session_.base(), response.header("location"));
    return response.status == 201;
  } catch (const TransferError&) {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::permission) return false;  // of a repository that is not ours to read any more
    throw;
  }
}

HttpResponse Destination::send_known(const Url& at, Outgoing& blob, const oci::Descriptor& known) {
  HttpRequest request;
  request.method = "PUT";
  request.headers = {"Content-Type: application/octet-stream"};
  request.idle_seconds = kCompletion;
  request.source = [&](char* buffer, size_t room) { return blob.read_checked(buffer, room, known); };
  request.source_bytes = known.size;
  return session_.send_once(with_digest(at, known.digest), request, scope());
}

HttpResponse Destination::send_unknown(const Url& at, Outgoing& blob) {
  HttpRequest data;
  data.method = "PATCH";
  data.headers = {"Content-Type: application/octet-stream"};
  data.source = [&](char* buffer, size_t room) { return blob.read(buffer, room); };
  const HttpResponse taken = session_.send_once(at, data, scope());
  if (!taken.good()) return taken;
  const std::string location = taken.header("location");
  HttpRequest end;
  end.method = "PUT";
  end.idle_seconds = kCompletion;
  const Url last = location.empty() ? at : resolve_location(at, location);
  return session_.send_once(with_digest(last, blob.sent().digest), end, scope());
}

HttpResponse Destination::attempt(Outgoing& blob, const std::optional<oci::Descriptor>& known) {
  std::optional<Url> at = std::exchange(begun_, std::nullopt);
  if (!at) {
    const Url uploads = resolve_location(session_.base(), cat("/v2/", name_, "/blobs/uploads/"));
    HttpRequest begin;
    begin.method = "POST";
    const HttpResponse begun = session_.send_once(uploads, begin, scope());
    if (!begun.good()) return begun;
    // Its query is kept: some registries hold all of an upload's state there.
    at = resolve_location(uploads, begun.header("location"));
  }
  return known ? send_known(*at, blob, *known) : send_unknown(*at, blob);
}

oci::Descriptor Destination::upload(const std::function<BlobReader()>& open,
                                    const std::optional<oci::Descriptor>& known) {
  oci::Descriptor sent;
  int renewals = 0;
  const HttpResponse response = with_retries(session_.settings(), [&] {
    for (;;) {
      Outgoing blob(open());
      HttpResponse answer = attempt(blob, known);
      sent = blob.sent();
      if (answer.status != 401 || renewals++ == kMostRenewals) return answer;
    }
  });
  const std::string what = known ? cat("blob ", known->digest.text()) : "a layer's blob";
  if (!response.good()) refuse(response, what);
  if (known) sent = *known;  // one without a byte was never read
  require_digest(response, sent.digest, what);
  return sent;
}

void Destination::ensure_text(const oci::Descriptor& blob, const std::string& text) {
  if (has_blob(blob)) return;
  upload(
      [&text]() -> BlobReader {
        return [&text, at = size_t{0}](char* buffer, size_t room) mutable {
          const size_t size = text.copy(buffer, room, at);
          at += size;
          return size;
        };
      },
      blob);
}

HttpResponse Destination::send_manifest(const std::string& tag_or_digest, const std::string& media_type,
                                        const std::string& text) {
  const oci::Digest digest = oci::sha256(text);
  const std::string what = cat("manifest ", digest.text());
  HttpRequest request;
  request.method = "PUT";
  request.headers = {cat("Content-Type: ", media_type)};
  request.body = text;
  HttpResponse response = session_.send(cat("/v2/", name_, "/manifests/", tag_or_digest), request, scope());
  if (!response.good()) refuse(response, what);
  require_digest(response, digest, what);
  return response;
}

oci::Digest Destination::put_manifest(const std::string& tag_or_digest, const std::string& media_type,
                                      const std::string& text) {
  send_manifest(tag_or_digest, media_type, text);
  return oci::sha256(text);
}

void Destination::put_artifact(const oci::Descriptor& artifact, const std::string& text, const oci::Digest& subject) {
  const HttpResponse response = send_manifest(artifact.digest.text(), artifact.media_type, text);
  // spec: a registry that has the referrers API says so by this header.
  if (!response.header("oci-subject").empty()) return;
  const std::string tag = oci::referrers_tag(subject);
  std::string index;
  try {
    index = Repository(session_, name_).fetch_manifest(tag).text;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found || dynamic_cast<const TransferError*>(&error) != nullptr) throw;
  }
  const std::optional<std::string> longer = oci::add_referrer(index, artifact, cat(name_, ":", tag));
  if (longer) put_manifest(tag, oci::media::kIndex, *longer);
}

}  // namespace minidock::registry
