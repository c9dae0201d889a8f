#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/decompress.h"

namespace minidock::store {

namespace {

struct FilterType {
  const char* name;
  int (*enable)(archive*);
};

const FilterType& filter_type(Filter filter) {
  static constexpr FilterType kZstd = {"zstd", archive_read_support_filter_zstd};
  static constexpr FilterType kXz = {"xz", archive_read_support_filter_xz};
  static constexpr FilterType kBzip2 = {"bzip2", archive_read_support_filter_bzip2};
  switch (filter) {
    case Filter::zstd:
      return kZstd;
    case Filter::xz:
      return kXz;
    case Filter::bzip2:
      break;
  }
  return kBzip2;
}

class FilterReader : public Decompressor {
 public:
  FilterReader(Input& input, const FilterType& type) : input_(input), type_(type) {
    if (!archive_) throw_error(ErrorKind::exhausted, "start ", type_.name, " reader: out of memory");
    // security: ARCHIVE_WARN means that libarchive was built without the library and would run a program.
    if (type_.enable(archive_.get()) != ARCHIVE_OK) {
      throw_error(ErrorKind::unsupported, "this build cannot read ", type_.name, " data");
    }
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
    if (archive_read_open(archive_.get(), this, nullptr, &FilterReader::give, nullptr) != ARCHIVE_OK) fail();
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_.get(), &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_EOF) fail();
    empty_ = result == ARCHIVE_EOF;
    // The code none is one of the filters counted. A filter is tried again on what it made.
    if (archive_filter_count(archive_.get()) > 2) {
      throw_error(ErrorKind::invalid, "compressed more than once with ", type_.name, "; undo one compression first");
    }
  }

  size_t read(char* buffer, size_t size) override {
    if (empty_) return check_end();
    const la_ssize_t got = archive_read_data(archive_.get(), buffer, size);
    if (got < 0) fail();
    return got == 0 ? check_end() : static_cast<size_t>(got);
  }

  uint64_t used() const override { return static_cast<uint64_t>(archive_filter_bytes(archive_.get(), -1)); }

 private:
  struct Closer {
    void operator()(archive* reader) const { archive_read_free(reader); }
  };

  static la_ssize_t give(archive* reader, void* self, const void** buffer) {
    auto* reading = static_cast<FilterReader*>(self);
    try {
      const std::string_view bytes = reading->input_.next();
      reading->at_end_ = bytes.empty();
      *buffer = bytes.data();
      return static_cast<la_ssize_t>(bytes.size());
    } catch (const Error& error) {  // must not cross C frames
      archive_set_error(reader, error.error_number(), "%s", error.what());
      return ARCHIVE_FATAL;
    }
  }

  // The bzip2 filter ends quietly where no further stream follows: what it left unread is garbage.
  size_t check_end() {
    if (used() < input_.consumed() || !input_.peek(1).empty()) {
      throw_error(ErrorKind::corrupt, "garbage behind the end of the ", type_.name, " data");
    }
    return 0;
  }

  [[noreturn]] void fail() {
    if (at_end_)
      throw_error(ErrorKind::corrupt, type_.name, " data cut short or damaged at its end; get the archive again");
    const char* text = archive_error_string(archive_.get());
    throw_error(ErrorKind::corrupt, "damaged ", type_.name, " data: ", text == nullptr ? "unreadable" : printable(text),
                "; get the archive again");
  }

  Input& input_;
  const FilterType& type_;
  std::unique_ptr<archive, Closer> archive_{archive_read_new()};
  bool empty_ = false;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> open_filter_decompressor(Input& input, Filter filter) {
  return std::make_unique<FilterReader>(input, filter_type(filter));
}

}  // namespace minidock::store
