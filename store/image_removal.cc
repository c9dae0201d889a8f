// Removing images by docker's rules (moby daemon/images/image_delete.go): a name is untagged, and the image goes with
// its last name; an ID goes only if nothing but that one name refers to it. One transaction: on a refusal nothing
// has changed.
#include <algorithm>

#include "base/file.h"
#include "store/image_files.h"
#include "store/image_rows.h"
#include "store/signatures.h"
#include "store/state.h"

namespace minidock::store {

namespace {
struct User {
  std::string id;
  bool running = false;
};

std::optional<User> find_user(Rooms& rooms, Database& database, const std::string& image_hex) {
  Statement query = database.prepare("SELECT id FROM containers WHERE image = ?1");
  query.bind(1, image_hex);
  std::optional<User> user;
  while (query.step()) {
    const std::string id = query.text(0);
    const bool running = is_container_locked(rooms.run_root(), id);
    if (!user || running) user = User{id, running};
    if (running) break;
  }
  return user;
}

// One removal, inside a transaction of both databases.
class Removal {
 public:
  Removal(Rooms& rooms, ImageRow image, std::string_view word, bool force)
      : rooms_(rooms), database_(rooms.root_database()), image_(std::move(image)), word_(word), force_(force) {
    user_ = find_user(rooms, rooms.run_database(), image_.id.hex());
    if (!user_ || !user_->running) {
      const std::optional<User> durable = find_user(rooms, database_, image_.id.hex());
      if (durable) user_ = durable;
    }
  }

  void run() {
    if (names_by_id(image_.id, word_) && !find_tagged(database_, canonical_word())) {
      if (!force_ && repositories() > 1) refuse("must be forced", "image is referenced in multiple repositories");
      refuse_if_used();
      for (const std::string& tag : image_.tags) untag(tag);
      for (const std::string& digest : image_.digests) forget(digest);
      drop_image();
      return;
    }
    const bool last = repositories() == 1;
    if (last && !force_ && user_) {
      throw_error(ErrorKind::in_use, "conflict: unable to remove repository reference \"", printable(word_),
                  "\" (must force) - container ", user_->id.substr(0, 12), " is using its referenced image ",
                  image_.id.digest.short_hex());
    }
    if (last) refuse_if_used();
    if (is_digest(canonical_word())) {
      forget(canonical_word());
    } else {
      untag(canonical_word());
      forget_digests_alone();
    }
    if (last) drop_image();
  }

  std::vector<std::string> lines;
  std::vector<std::string> layers;  // digits of those that nothing needs any more
  std::string chain;                // digits of the stack of layers that no image has any more
  bool dropped = false;             // the image itself is gone

 private:
  std::string canonical_word() const {
    try {
      return oci::parse_reference(word_).canonical();
    } catch (const Error&) {
      return "";
    }
  }

  [[noreturn]] void refuse(std::string_view force_text, const std::string& reason) const {
    throw_error(ErrorKind::in_use, "conflict: unable to delete ", image_.id.digest.short_hex(), " (", force_text,
                ") - ", reason);
  }

  void refuse_if_used() const {
    if (!user_) return;
    const std::string short_id = user_->id.substr(0, 12);
    if (user_->running) refuse("cannot be forced", "image is being used by running container " + short_id);
    if (!force_) refuse("must be forced", "image is being used by stopped container " + short_id);
  }

  static std::string repository_of(const std::string& name) { return oci::parse_reference(name).name; }
  bool is_digest(const std::string& name) const {
    return std::find(image_.digests.begin(), image_.digests.end(), name) != image_.digests.end();
  }
  bool has_tag_of(const std::string& repository) const {
    return std::any_of(image_.tags.begin(), image_.tags.end(),
                       [&](const std::string& tag) { return repository_of(tag) == repository; });
  }

  // Its names, as docker counts them: a digest beside a tag of the same repository is none of its own.
  size_t repositories() const {
    size_t count = image_.tags.size();
    for (const std::string& digest : image_.digests) count += has_tag_of(repository_of(digest)) ? 0 : 1;
    return count;
  }

  // With the last tag of a repository go the digests by which it has the image.
  void forget_digests_alone() {
    const std::string repository = repository_of(canonical_word());
    std::erase(image_.tags, canonical_word());
    if (has_tag_of(repository)) return;
    for (const std::string& digest : image_.digests) {
      if (repository_of(digest) == repository) forget(digest);
    }
  }

  void forget(const std::string& digest) {
    const oci::Reference reference = oci::parse_reference(digest);
    database_.prepare("DELETE FROM repository_digests WHERE repository = ?1 AND digest = ?2")
        .bind(1, reference.name)
        .bind(2, reference.digest->hex())
        .run();
    lines.push_back("Untagged: " + familiar_tag(digest));
  }

  void untag(const std::string& canonical) {
    database_.prepare("DELETE FROM tags WHERE reference = ?1").bind(1, canonical).run();
    lines.push_back("Untagged: " + familiar_tag(canonical));
  }

  void drop_image() {
    // A stopped container still needs its layers to start again: under force the image only loses its names.
    if (user_) return;
    const std::string id = image_.id.hex();
    database_.prepare("DELETE FROM images WHERE id = ?1").bind(1, id).run();
    lines.push_back("Deleted: " + image_.id.text());
    dropped = true;
    if (rooms_.driver() == StorageDriver::erofs && !image_.layers.empty()) {
      if (!has_stack(database_, image_)) chain = image_chain(image_);
    }
    std::vector<oci::DiffId> stack = image_.layers;
    for (; !stack.empty(); stack.pop_back()) {
      const std::string layer = stack.back().hex();
      if (is_layer_used(database_, layer)) continue;
      database_.prepare("DELETE FROM layers WHERE diff_id = ?1").bind(1, layer).run();
      if (database_.changes() == 0) continue;  // the same tar twice in one image
      lines.push_back("Deleted: " + oci::chain_id(stack).text());
      layers.push_back(layer);
    }
  }

  Rooms& rooms_;
  Database& database_;
  ImageRow image_;
  std::string word_;
  bool force_;
  std::optional<User> user_;
};

// `lines`: what was said of it. Docker names the image in these by its ID.
void record_removal(const Rooms& rooms, const ImageRow& image, const std::vector<std::string>& lines) {
  const std::string id = image.id.text();
  for (const std::string& line : lines) {
    if (line.starts_with("Untagged: ")) record_image_event(rooms, image.id, image.config_json, "untag", id);
    if (line == "Deleted: " + id) record_image_event(rooms, image.id, image.config_json, "delete", id);
  }
}
}  // namespace

std::vector<std::string> Store::remove_image(std::string_view name_or_id, bool force, bool /*prune_parents*/) {
  std::vector<Lease> leases;
  Lease image_lease, signatures_lease;
  std::vector<std::string> lines;
  {
    Transaction transaction(state_->root_database());
    // race: a `run --rm` that has found the image commits its row under RUN's lock; see NewContainer::commit().
    Transaction run_transaction(state_->run_database());
    const ImageRow image = load_image(name_or_id);
    Removal removal(*state_, image, name_or_id, force);
    removal.run();
    lines = std::move(removal.lines);
    for (const std::string& layer : removal.layers) {
      leases.push_back(Lease::try_create(state_->tmp(), LeaseKind::layer, layer));
    }
    if (!removal.chain.empty()) image_lease = Lease::try_create(state_->tmp(), LeaseKind::image, removal.chain);
    const std::string signatures = signatures_path(image.id.hex());
    const bool was_signed = removal.dropped && exists_at(state_->root(), signatures);
    if (was_signed) signatures_lease = Lease::try_create(state_->tmp(), LeaseKind::signatures, image.id.hex());
    transaction.commit();
    record_removal(*state_, image, lines);
    // order: out of sight while no import can publish the same layer; unlinked without the lock.
    for (size_t index = 0; index < leases.size(); ++index) {
      leases[index].throw_away(state_->root(), layer_path(removal.layers[index]));
      leases[index].throw_away(state_->root(), blob_path(removal.layers[index]));
    }
    if (was_signed) {
      signatures_lease.throw_away(state_->root(), signatures);
      leases.push_back(std::move(signatures_lease));
    }
    if (!removal.chain.empty()) {
      discard_image_mount(*state_, removal.chain);
      image_lease.throw_away(state_->root(), image_file(removal.chain));
      leases.push_back(std::move(image_lease));
    }
  }
  for (Lease& lease : leases) {
    lease.empty_trash();
    lease.drop();
  }
  return lines;
}

}  // namespace minidock::store
