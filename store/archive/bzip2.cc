// bzip2 by libarchive's raw format and its one filter: it has 4 MiB at most, whatever a stream says.
#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/text.h"
#include "store/archive/decompress.h"

namespace minidock::store {

namespace {

class Bzip2 : public Decompressor {
 public:
  explicit Bzip2(Input& input) : input_(input) {
    if (!archive_) throw_error(ErrorKind::exhausted, "start bzip2 reader: out of memory");
    // security: ARCHIVE_WARN means that libarchive was built without the library and would run a program.
    if (archive_read_support_filter_bzip2(archive_.get()) != ARCHIVE_OK) {
      throw_error(ErrorKind::unsupported, "this build cannot read bzip2 data");
    }
    archive_read_support_format_raw(archive_.get());
    archive_read_support_format_empty(archive_.get());
    if (archive_read_open(archive_.get(), this, nullptr, &Bzip2::give, nullptr) != ARCHIVE_OK) fail();
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_.get(), &entry);
    if (result != ARCHIVE_OK && result != ARCHIVE_EOF) fail();
    empty_ = result == ARCHIVE_EOF;
    // The code none is one of the filters counted. A filter is tried again on what it made.
    if (archive_filter_count(archive_.get()) > 2) {
      throw_error(ErrorKind::invalid, "compressed more than once with bzip2; undo one compression first");
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
    auto* reading = static_cast<Bzip2*>(self);
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
      throw_error(ErrorKind::corrupt, "garbage behind the end of the bzip2 data");
    }
    return 0;
  }

  [[noreturn]] void fail() {
    if (at_end_) throw_error(ErrorKind::corrupt, "bzip2 data cut short or damaged at its end; get the archive again");
    const char* text = archive_error_string(archive_.get());
    throw_error(ErrorKind::corrupt, "damaged bzip2 data: ", text == nullptr ? "unreadable" : printable(text),
                "; get the archive again");
  }

  Input& input_;
  std::unique_ptr<archive, Closer> archive_{archive_read_new()};
  bool empty_ = false;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> open_bzip2_decompressor(Input& input) {
  return std::make_unique<Bzip2>(input);
}

}  // namespace minidock::store
