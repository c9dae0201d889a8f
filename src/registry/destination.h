// One repository of a registry that is written to: blobs, and then the manifest that names them. A blob is there as a
// whole or not at all; an upload that breaks is begun anew, and what it left is the registry's to forget.
// Source: OCI distribution-spec 1.1, "Push", "Pushing Manifests with Subject".
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "oci/image_manifest.h"
#include "registry/session.h"

namespace minidock::registry {

// Gives a blob's bytes piece by piece, up to `room` at a time, 0 at its end. May throw: then nothing of it stays.
using BlobReader = std::function<size_t(char* buffer, size_t room)>;

class Destination {
 public:
  // `session` is borrowed, and is with the host of the name.
  Destination(Session& session, std::string name) : session_(session), name_(std::move(name)) {}

  // Throw permission in the registry's words, corrupt where it says what cannot be, exhausted where it is too busy.
  bool has_blob(const oci::Descriptor& blob);
  // From another repository of the same registry, without its bytes going over; false where that cannot be had.
  bool try_mount(const oci::Descriptor& blob, const std::string& from);
  // What `open` begins anew for each attempt. With `known`, digest and size of it, which are checked before the
  // registry is told that it is whole; without, they are found out as it goes, which registries take from the client's
  // word, and prove. Returns both.
  oci::Descriptor upload(const std::function<BlobReader()>& open, const std::optional<oci::Descriptor>& known = {});
  void ensure_text(const oci::Descriptor& blob, const std::string& text);  // what is small: configs
  // Under a tag or its digest. What it names must be there.
  oci::Digest put_manifest(const std::string& tag_or_digest, const std::string& media_type, const std::string& text);
  // A manifest that has `subject` for its subject, which need not be there yet; where the registry does not list it
  // itself, it is added to the index below the referrers tag. Two that do so at once may lose one of theirs: the
  // specification has no better way.
  void put_artifact(const oci::Descriptor& artifact, const std::string& text, const oci::Digest& subject);

 private:
  class Outgoing;
  std::string scope() const;
  [[noreturn]] void refuse(const HttpResponse& response, const std::string& what) const;
  HttpResponse send_manifest(const std::string& tag_or_digest, const std::string& media_type, const std::string& text);
  HttpResponse attempt(Outgoing& blob, const std::optional<oci::Descriptor>& known);
  HttpResponse send_known(const Url& at, Outgoing& blob, const oci::Descriptor& known);
  HttpResponse send_unknown(const Url& at, Outgoing& blob);

  Session& session_;
  std::string name_;
  std::optional<Url> begun_;  // an upload that a mount has come to: the next goes on with it
};

}  // namespace minidock::registry
