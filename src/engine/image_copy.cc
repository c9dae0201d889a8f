#include "engine/image_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "linux/child.h"
#include "registry/destination.h"
#include "registry/registry.h"

namespace minidock::engine {

namespace {

constexpr int kDeepest = 4;  // indexes within indexes

// A blob as it comes from a registry: a process of its own fetches and checks it into a pipe, whose few pages are all
// that is ever held of it.
class ComingBlob {
 public:
  ComingBlob(const registry::Session& known, const registry::Settings& settings, const std::string& repository,
             const oci::Descriptor& blob) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("create pipe");
    bytes_ = Fd(ends[0]);
    const Fd in(ends[1]);
    child_ = linux::Child::start(
        [&](int socket) {
          linux::close_all_but(socket, in.get());
          registry::Session session(settings, known.host());
          session.learn_from(known);
          registry::Repository(session, repository).fetch_blob(blob, in.get());
          linux::send_fd(socket, -1);
        },
        socket_);
  }
  size_t read(char* buffer, size_t room) {
    const size_t size = read_some(bytes_.get(), buffer, room);
    if (size == 0) linux::receive_fd(socket_.get());  // what kept it from coming is thrown here
    return size;
  }

 private:
  Fd bytes_, socket_;
  linux::Child child_;
};

class Copying {
 public:
  Copying(const ImageCopy& copy, const oci::Reference& source, const oci::Reference& destination)
      : copy_(copy),
        target_(destination),
        from_repository_(registry::repository_of(source)),
        to_repository_(registry::repository_of(destination)),
        from_session_(copy.registry, registry::host_of(source)),
        to_session_(copy.registry, registry::host_of(destination)),
        from_(from_session_, from_repository_),
        to_(to_session_, to_repository_),
        same_host_(from_session_.host() == to_session_.host()) {}

  CopiedImage run(const oci::Reference& source) {
    registry::Document top = from_.fetch_manifest(source.digest ? source.digest->text() : source.tag);
    if (!copy_.platform.empty()) top = choose(top, source.familiar());
    if (target_.digest && *target_.digest != top.digest) {
      throw_error(ErrorKind::invalid, "the copy has the digest ", top.digest.text(),
                  ", not the one that was asked for");
    }
    gather(top, source.familiar(), 0);
    send();
    // order: each after what it names; gather() has them so.
    manifests_.pop_back();
    for (const registry::Document& manifest : manifests_) {
      to_.put_manifest(manifest.digest.text(), manifest.media_type, manifest.text);
    }
    to_.put_manifest(target_.digest ? top.digest.text() : target_.tag, top.media_type, top.text);
    return {target_, top.digest, top.text.size()};
  }

 private:
  registry::Document choose(const registry::Document& top, const std::string& what) {
    if (!top.is_index) {
      throw_error(ErrorKind::invalid, what, ": one image, not several for different platforms; leave --platform out");
    }
    const std::vector<oci::Descriptor> choice = oci::parse_image_index(top.text, what);
    const oci::Platform wanted = oci::parse_platform(copy_.platform);
    const oci::Descriptor* chosen = oci::choose_manifest(choice, wanted);
    if (chosen == nullptr) {
      throw_error(ErrorKind::not_found, "no matching manifest for ", wanted.text(), " in the manifest list entries; ",
                  oci::platforms_text(choice));
    }
    return from_.fetch_manifest(chosen->digest.text());
  }

  // All that a manifest or an index names, and then itself.
  void gather(const registry::Document& document, const std::string& what, int depth) {
    if (depth > kDeepest)
      throw_error(ErrorKind::unsupported, what, ": indexes within indexes, over ", kDeepest, " deep");
    if (document.is_index) {
      for (const oci::Descriptor& part : oci::parse_image_index(document.text, what)) {
        const auto is_it = [&](const registry::Document& other) { return other.digest == part.digest; };
        if (std::any_of(manifests_.begin(), manifests_.end(), is_it)) continue;
        gather(from_.fetch_manifest(part.digest.text()), cat(what, "@", part.digest.text()), depth + 1);
      }
    } else {
      const oci::ImageManifest manifest = oci::parse_image_manifest(document.text, what);
      add_blob(manifest.config);
      for (const oci::Descriptor& layer : manifest.layers) add_blob(layer);
    }
    manifests_.push_back(document);
  }
  void add_blob(const oci::Descriptor& blob) {
    if (!blob.urls.empty()) return;  // to be had from its owner alone
    const auto is_it = [&](const oci::Descriptor& other) { return other.digest == blob.digest; };
    if (std::none_of(blobs_.begin(), blobs_.end(), is_it)) blobs_.push_back(blob);
  }

  // In a child.
  void send_blob(const oci::Descriptor& blob, SentBlob& out) {
    registry::Session session(copy_.registry, to_session_.host());
    session.learn_from(to_session_);
    registry::Destination destination(session, to_repository_);
    if (destination.has_blob(blob)) return out.tell(SentBlob::State::present);
    if (same_host_ && destination.try_mount(blob, from_repository_)) return out.tell(SentBlob::State::mounted);
    out.tell(SentBlob::State::sending);
    destination.upload(
        [&]() -> registry::BlobReader {
          const auto coming = std::make_shared<ComingBlob>(from_session_, copy_.registry, from_repository_, blob);
          return [coming, &out, done = uint64_t{0}](char* buffer, size_t room) mutable {
            const size_t size = coming->read(buffer, room);
            out.tell_done(done += size);
            return size;
          };
        },
        blob);
    out.tell(SentBlob::State::sent);
  }

  void send() {
    if (blobs_.empty()) return;
    to_.has_blob(blobs_[0]);  // finds out where the registry is and who we are: the children then know
    std::vector<BlobSender> senders;
    for (const oci::Descriptor& blob : blobs_) {
      senders.push_back({-1, [&](SentBlob& out) { send_blob(blob, out); }});
    }
    send_blobs(senders, [&](size_t number, const SentBlob& told) {
      if (!copy_.step || told.state == SentBlob::State::asking) return;
      const oci::Descriptor& blob = blobs_[number];
      const bool mounted = told.state == SentBlob::State::mounted;
      copy_.step({number, blob.digest.short_hex(), blob.size, mounted ? from_repository_ : "", told});
    });
  }

  const ImageCopy& copy_;
  oci::Reference target_;
  std::string from_repository_, to_repository_;
  registry::Session from_session_, to_session_;
  registry::Repository from_;
  registry::Destination to_;
  bool same_host_;
  std::vector<registry::Document> manifests_;
  std::vector<oci::Descriptor> blobs_;
};

}  // namespace

CopiedImage copy_image(const ImageCopy& copy) {
  const oci::Reference source = oci::parse_reference(copy.source);
  const oci::Reference destination = oci::parse_reference(copy.destination);
  try {
    return Copying(copy, source, destination).run(source);
  } catch (const Error& error) {
    throw error.with_context(cat("cannot copy ", source.familiar(), " to ", destination.familiar()));
  }
}

}  // namespace minidock::engine
