#include "store/image_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "linux/detached_mount.h"
#include "linux/erofs_mount.h"
#include "store/driver.h"
#include "store/erofs/merge.h"
#include "store/erofs/writer.h"
#include "store/image_rows.h"

namespace minidock::store {

namespace {

// Bottom first. Of a layer that comes twice the upper one counts: all that it says is said again there.
std::vector<oci::DiffId> distinct_layers(const ImageRow& image) {
  std::vector<oci::DiffId> layers;
  for (auto layer = image.layers.rbegin(); layer != image.layers.rend(); ++layer) {
    if (std::find(layers.begin(), layers.end(), *layer) == layers.end()) layers.push_back(*layer);
  }
  std::reverse(layers.begin(), layers.end());
  return layers;
}

// The file system's UUID, which some tools tell file systems apart by.
std::array<uint8_t, 16> image_uuid(const ImageRow& image) {
  const std::string digits = image_chain(image);
  std::array<uint8_t, 16> id = {};
  for (size_t at = 0; at < id.size(); ++at) {
    std::from_chars(digits.data() + 2 * at, digits.data() + 2 * at + 2, id[at], 16);
  }
  return id;
}

std::string mount_path(const Rooms& rooms, const std::string& chain_hex) {
  return cat(rooms.location().run_root, "/", image_mount(chain_hex));
}

// A file below ROOT/tmp under a lease, gone unless it was published.
class ImageDraft {
 public:
  explicit ImageDraft(Rooms& rooms) : rooms_(rooms), lease_(Lease::create(rooms.tmp(), LeaseKind::import)) {
    file_ = open_file(rooms.tmp(), lease_.draft(), O_RDWR | O_CREAT | O_EXCL, 0400);
  }
  ImageDraft(const ImageDraft&) = delete;
  ImageDraft& operator=(const ImageDraft&) = delete;
  ~ImageDraft() {
    try {
      discard_file(rooms_.tmp(), lease_.draft());
      lease_.drop();
    } catch (const Error&) {
      // The abandoned lease leaves it to the next command.
    }
  }
  int fd() const { return file_.get(); }

  // Under the lock of the writers, as all that can be made again under its name.
  void publish(const ImageRow& image, bool replaces = false) {
    sync_fd(file_.get(), "image file");
    const std::string chain = image_chain(image);
    const Transaction lock(rooms_.root_database());
    // race: a removal since the caller looked. It takes the file and the row; we must not bring back half of that.
    if (!has_stack(rooms_.root_database(), image)) {
      throw_error(ErrorKind::not_found, "No such image: ", image.id.text());
    }
    if (replaces) {
      rename_at(rooms_.tmp(), lease_.draft(), rooms_.root(), image_file(chain));
      discard_image_mount(rooms_, chain);
    } else {
      try_rename_noreplace(rooms_.tmp(), lease_.draft(), rooms_.root(),
                           image_file(chain));  // false: somebody else's is there
    }
    sync_dir(rooms_.root(), "images");
  }

 private:
  Rooms& rooms_;
  Lease lease_;
  Fd file_;
};

}  // namespace

std::string image_chain(const ImageRow& image) {
  return oci::chain_id(image.layers).hex();
}

std::set<std::string> image_chains(Database& database) {
  std::set<std::string> chains;
  for (const ImageRow& image : all_image_rows(database)) {
    if (!image.layers.empty()) chains.insert(image_chain(image));
  }
  return chains;
}

bool has_stack(Database& database, const ImageRow& image) {
  Statement query = database.prepare("SELECT DISTINCT image FROM image_layers WHERE layer = ?1");
  query.bind(1, image.layers.back().hex());
  while (query.step()) {
    const std::optional<ImageRow> other = find_image_row(database, query.text(0));
    if (other && other->layers == image.layers) return true;
  }
  return false;
}

void write_image_file(Rooms& rooms, const ImageRow& image, int fd) {
  erofs::Merge merge;
  std::vector<erofs::Device> devices;
  std::vector<Fd> tars;
  for (const oci::DiffId& layer : distinct_layers(image)) {
    const std::string hex = layer.hex();
    try {
      tars.push_back(open_file(rooms.root(), blob_path(hex), O_RDONLY | O_NOFOLLOW));
      const Fd tree = open_file(rooms.root(), cat(layer_path(hex), "/", kTreeFile), O_RDONLY | O_NOFOLLOW);
      struct stat info;
      if (fstat(tars.back().get(), &info) != 0) throw_errno("stat");
      const auto bytes = static_cast<uint64_t>(info.st_size);
      merge.add_layer(tree.get(), bytes, UnpackLimits());
      devices.push_back({hex, bytes, tars.back().get()});
    } catch (const Error& error) {
      throw error.with_context(cat("layer ", layer.text()));
    }
  }
  erofs::write_image(merge.finish(), devices, image_uuid(image), fd);
}

void ensure_image_file(Rooms& rooms, const ImageRow& image) {
  if (image.layers.empty() || exists_at(rooms.root(), image_file(image_chain(image)))) return;
  try {
    ImageDraft draft(rooms);
    write_image_file(rooms, image, draft.fd());
    draft.publish(image);
  } catch (const Error& error) {
    throw error.with_context(cat("prepare image ", image.id.digest.short_hex()));
  }
}

void replace_image_file(Rooms& rooms, const ImageRow& image) {
  ImageDraft draft(rooms);
  write_image_file(rooms, image, draft.fd());
  draft.publish(image, true);
}

std::string try_prepare_image(Rooms& rooms, const oci::ImageId& id) {
  if (rooms.driver() != StorageDriver::erofs) return {};
  try {
    const std::optional<ImageRow> image = find_image_row(rooms.root_database(), id.hex());
    if (image) ensure_image_file(rooms, *image);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

void ensure_image_mount(Rooms& rooms, const ImageRow& image) {
  if (image.layers.empty()) return;
  const std::string chain = image_chain(image);
  const std::string path = mount_path(rooms, chain);
  if (linux::is_mount_point(path)) return;
  ensure_image_file(rooms, image);
  ensure_dir(rooms.run_root(), "images", 0700);
  ensure_dir(rooms.run_root(), image_mount(chain), 0700);
  // race: of two commands that find nothing mounted, the second one waits here for the first, and looks again.
  const Fd file = open_file(rooms.root(), image_file(chain), O_RDONLY | O_NOFOLLOW);
  lock_file(file.get());
  if (linux::is_mount_point(path)) return;
  std::vector<std::string> tars;
  for (const oci::DiffId& layer : distinct_layers(image)) {
    tars.push_back(cat(rooms.location().root, "/", blob_path(layer.hex())));
  }
  const Fd mount = linux::make_erofs(cat(rooms.location().root, "/", image_file(chain)), tars);
  linux::attach_mount(mount.get(), path);
}

// kernel: rmdir(2) of a place where another mount namespace has a mount detaches that one.
void discard_image_mount(const Rooms& rooms, const std::string& chain_hex) {
  const std::string path = mount_path(rooms, chain_hex);
  while (linux::is_mount_point(path) && linux::try_unmount(path, true)) {
  }
  ::rmdir(path.c_str());
}

}  // namespace minidock::store
