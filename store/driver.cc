#include "store/driver.h"

#include "base/error.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "linux/erofs_mount.h"
#include "store/erofs/writer.h"

namespace minidock::store {

namespace {

constexpr const char* kDriverFile = "driver";
constexpr StorageDriver kDefault = StorageDriver::overlay;

// Whether, not since when: an image is mounted, from where the real ones will lie.
void probe_erofs(int root, const std::string& root_path) {
  const std::string name = cat("probe.", random_hex(8));
  const Fd image = open_file(root, name, O_RDWR | O_CREAT | O_EXCL, 0600);
  try {
    erofs::write_image(erofs::Tree(), {}, {}, image.get());
    linux::make_erofs(cat(root_path, "/", name), {});
  } catch (const Error& error) {
    discard_file(root, name);
    throw Error(
        error.kind(),
        cat("use storage driver erofs for ", root_path, ": ", error.what(), "; --storage-driver overlay works here"),
        error.error_number());
  }
  discard_file(root, name);
}

}  // namespace

const char* name_of(StorageDriver driver) {
  return driver == StorageDriver::erofs ? "erofs" : "overlay";
}

StorageDriver parse_driver(std::string_view word) {
  for (const StorageDriver driver : {StorageDriver::overlay, StorageDriver::erofs}) {
    if (word == name_of(driver)) return driver;
  }
  throw_error(ErrorKind::invalid, "use storage driver ", printable(word),
              ": there is none of this name; choose overlay or erofs");
}

LayerForm layer_form(StorageDriver driver) {
  return driver == StorageDriver::erofs ? LayerForm::tree : LayerForm::directory;
}

StorageDriver read_driver(int root) {
  const std::optional<std::string> word = find_file_text(root, kDriverFile, 64);
  if (!word) return StorageDriver::overlay;  // of before there was a choice
  try {
    return parse_driver(trim(*word));
  } catch (const Error&) {
    throw_error(ErrorKind::corrupt, "read the store's file driver: ", printable(trim(*word)),
                " is none that is known here");
  }
}

void record_driver(int root, const std::string& root_path, const std::string& word) {
  if (exists_at(root, kDriverFile)) return require_driver(root, root_path, word);  // of an interrupted reset
  const StorageDriver driver = word.empty() ? kDefault : parse_driver(word);
  if (driver == StorageDriver::erofs) {
    probe_erofs(root, root_path);
    ensure_dir(root, "images", 0700);
  }
  replace_file_durably(root, kDriverFile, cat(name_of(driver), "\n"), 0600);
}

void require_driver(int root, const std::string& root_path, const std::string& word) {
  if (word.empty()) return;
  const StorageDriver own = read_driver(root);
  if (parse_driver(word) == own) return;
  throw_error(ErrorKind::conflict, "use storage driver ", word, ": the store ", root_path, " was made with ",
              name_of(own), "; choose another with --root, or empty it with system reset");
}

}  // namespace minidock::store
