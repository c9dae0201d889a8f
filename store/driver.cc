#include "store/driver.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/erofs/probe.h"

namespace minidock::store {

namespace {

constexpr const char* kDriverFile = "driver";
constexpr size_t kMostText = 4096;

DriverChoice asked_for(int root, const std::string& root_path, StorageDriver driver) {
  if (driver == StorageDriver::erofs) {
    try {
      erofs::probe(root, root_path);
    } catch (const Error& error) {
      throw Error(
          error.kind(),
          cat("use storage driver erofs for ", root_path, ": ", error.what(), "; --storage-driver overlay works here"),
          error.error_number());
    }
  }
  return {driver, "asked for when the store was made"};
}

DriverChoice what_works(int root, const std::string& root_path) {
  try {
    erofs::probe(root, root_path);
    return {StorageDriver::erofs, "erofs works here: an image was mounted and read when the store was made"};
  } catch (const Error& error) {
    // A full disk says nothing about the kernel.
    if (error.kind() == ErrorKind::exhausted) throw error.with_context(cat("make the store ", root_path));
    return {StorageDriver::overlay, cat("erofs does not work here: ", printable(error.what()))};
  }
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

DriverChoice read_driver(int root) {
  const std::optional<std::string> text = find_file_text(root, kDriverFile, kMostText);
  if (!text) return {StorageDriver::overlay, "the store was made before there was a choice"};
  const std::string word = text->substr(0, text->find('\n'));
  try {
    return {parse_driver(word), std::string(trim(std::string_view(*text).substr(word.size())))};
  } catch (const Error&) {
    throw_error(ErrorKind::corrupt, "read the store's file driver: ", printable(word), " is none that is known here");
  }
}

void record_driver(int root, const std::string& root_path, const std::string& word) {
  if (exists_at(root, kDriverFile)) return require_driver(root, root_path, word);  // of an interrupted reset
  const DriverChoice choice =
      word.empty() ? what_works(root, root_path) : asked_for(root, root_path, parse_driver(word));
  if (choice.driver == StorageDriver::erofs) ensure_dir(root, "images", 0700);
  change_driver(root, choice);
}

void change_driver(int root, const DriverChoice& choice) {
  replace_file_durably(root, kDriverFile, cat(name_of(choice.driver), "\n", choice.reason, "\n"), 0600);
}

void require_driver(int root, const std::string& root_path, const std::string& word) {
  if (word.empty()) return;
  const StorageDriver own = read_driver(root).driver;
  if (parse_driver(word) == own) return;
  throw_error(ErrorKind::conflict, "use storage driver ", word, ": the store ", root_path, " was made with ",
              name_of(own), "; choose another with --root, or change it with system migrate");
}

}  // namespace minidock::store
