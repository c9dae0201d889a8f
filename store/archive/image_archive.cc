#include "store/archive/image_archive.h"

#include "base/error.h"
#include "base/text.h"
#include "store/archive/sniff.h"

namespace minidock::store {

namespace {

bool is_digest(std::string_view text) {
  return text.size() == 64 && is_hex(text);
}

// HEX, HEX.json, HEX.tar: the content of a docker-archive of any age.
bool is_content_name(std::string_view top) {
  return top == "blobs" || is_digest(top.substr(0, top.find('.')));
}

[[noreturn]] void refuse(std::string_view kind) {
  throw_error(ErrorKind::invalid, "not a root filesystem: this is ", kind, ", which `minidock load` takes; ",
              kExportAdvice);
}

}  // namespace

void ImageArchiveDetector::see(const Entry& entry) {
  if (foreign_ || entry.path.empty()) return;
  const std::string_view top = std::string_view(entry.path).substr(0, entry.path.find('/'));
  const bool file = entry.type == EntryType::file && top == entry.path;
  if (top == "oci-layout" && file) {
    oci_marker_ = true;
  } else if (top == "index.json" && file) {
    index_ = true;
  } else if (top == "manifest.json" && file) {
    manifest_ = true;
  } else if (is_content_name(top)) {
    content_ = true;
  } else if (!(top == "repositories" && file)) {
    foreign_ = true;
    return;
  }
  if (manifest_ && content_) refuse("an archive of images made by `docker save`");
  if (oci_marker_ && (index_ || content_)) refuse("an OCI image layout");
}

}  // namespace minidock::store
