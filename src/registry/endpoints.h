// Where an image can be had: the mirrors of its name in their order, then its registry.
// security: each place is spoken to with its own credentials and certificates. What a digest names is checked whoever
// gives it; a tag is whatever the first that knows it says, so a mirror is to be trusted with tags.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "registry/registry.h"

namespace minidock::registry {

struct Endpoint {
  std::string host, repository;
  bool operator==(const Endpoint&) const = default;
};

// Never empty. By the longest prefix that settings.mirrors has of the name. Throws invalid where nothing of the name
// would be left for the mirror.
std::vector<Endpoint> endpoints_of(const Settings& settings, const oci::Reference& reference);

// A Repository (registry.h) that is at several places: what one has not, refuses or cannot give now is asked of the
// next. Throws what the last one says, and behind it what the others said; at once what is wrong on this host.
class Endpoints {
 public:
  Endpoints(const Settings& settings, const oci::Reference& reference);

  // What the other, of the same image, has found out: for a process forked off it.
  void learn_from(const Endpoints& other);

  Document fetch_manifest(const std::string& tag_or_digest);
  std::vector<std::string> list_tags();
  std::vector<oci::Descriptor> fetch_referrers(const oci::Digest& subject, const std::string& artifact_type);
  std::string fetch_text(const oci::Descriptor& blob);
  void fetch_blob(const oci::Descriptor& blob, int fd, const std::function<void(uint64_t)>& progress = {});

 private:
  struct Place {
    std::unique_ptr<Session> session;
    std::string repository;
    bool failed = false;  // in another way than not to have something: not asked again
  };
  void ask(const std::function<void(Repository&)>& question);

  std::vector<Place> places_;
};

}  // namespace minidock::registry
