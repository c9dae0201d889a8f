#include "store/archive/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/path.h"

namespace minidock::store {

namespace {
constexpr size_t kBufferBytes = 256 << 10;
constexpr int64_t kTarBlock = 512;
}  // namespace

struct TarReader::State {
  State(Source bytes, int file) : source(std::move(bytes)), fd(file), buffer(kBufferBytes), reader(archive_read_new()) {
    if (reader == nullptr) throw_error(ErrorKind::exhausted, "start tar reader: out of memory");
  }
  ~State() { archive_read_free(reader); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static la_ssize_t give(archive* reader, void* self, const void** bytes) {
    auto* state = static_cast<State*>(self);
    try {
      const size_t got = state->source(state->buffer.data(), state->buffer.size());
      state->at_end = got == 0;
      *bytes = state->buffer.data();
      return static_cast<la_ssize_t>(got);
    } catch (const Error& error) {  // must not cross C frames
      archive_set_error(reader, error.error_number(), "%s", error.what());
      return ARCHIVE_FATAL;
    }
  }

  static la_int64_t skip(archive*, void* self, la_int64_t bytes) {
    auto* state = static_cast<State*>(self);
    // What lies behind the end shows at the next read.
    return lseek(state->fd, bytes, SEEK_CUR) < 0 ? 0 : bytes;
  }

  std::string reason() const {
    const char* text = archive_error_string(reader);
    const std::string_view detail = text == nullptr ? "" : text;
    // libarchive gives no text at all where a long name is cut.
    if (at_end && (detail.empty() || detail.starts_with("Truncated"))) return "cut short; get the archive again";
    return cat("damaged: ", detail.empty() ? "unreadable" : printable(detail));
  }

  Source source;
  int fd;  // of a seeking reader
  std::vector<char> buffer;
  archive* reader;
  archive_entry* entry = nullptr;  // the reader's own: the last one
  bool at_end = false;
};

TarReader::TarReader(Source source, const UnpackLimits& limits)
    : TarReader(std::make_unique<State>(std::move(source), -1), limits, false) {}

TarReader::TarReader(int fd, const UnpackLimits& limits, bool seeking)
    : TarReader(std::make_unique<State>([fd](char* buffer, size_t size) { return read_some(fd, buffer, size); }, fd),
                limits, seeking) {}

TarReader::TarReader(std::unique_ptr<State> state, const UnpackLimits& limits, bool seeking)
    : state_(std::move(state)), limits_(limits) {
  archive_read_support_format_tar(state_->reader);
  const auto skip = seeking ? &State::skip : nullptr;
  const int result = archive_read_open2(state_->reader, state_.get(), nullptr, &State::give, skip, nullptr);
  if (result != ARCHIVE_OK) fail_header();
}

TarReader::~TarReader() = default;

namespace {
// libarchive has no code of its own for it.
bool is_charset_warning(archive* reader) {
  const char* text = archive_error_string(reader);
  return text != nullptr && std::string_view(text).find("can't be converted from ") != std::string_view::npos;
}
}  // namespace

std::optional<Entry> TarReader::next() {
  archive* reader = state_->reader;
  archive_entry* raw = nullptr;
  const int result = archive_read_next_header(reader, &raw);
  if (result == ARCHIVE_EOF) {
    // What is left of the last entry's padding is skipped by the same call: less than a block.
    has_end_mark_ = archive_filter_bytes(reader, 0) >= archive_read_header_position(reader) + kTarBlock;
    return std::nullopt;
  }
  if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && is_charset_warning(reader))) fail_header();
  if (++entries_ > limits_.entries) {
    throw_error(ErrorKind::exhausted, "the archive has more than ", limits_.entries,
                " entries, the limit for one layer");
  }
  state_->entry = raw;
  const char* name = archive_entry_pathname(raw);
  last_name_ = name == nullptr ? "" : shown(name);
  try {
    return check_entry(raw, limits_);
  } catch (const Error& error) {
    throw error.with_context(cat("entry ", last_name_.empty() ? cat("number ", entries_) : last_name_));
  }
}

std::optional<TarReader::Block> TarReader::next_block() {
  const void* bytes = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(state_->reader, &bytes, &size, &offset);
  if (result == ARCHIVE_EOF) return std::nullopt;
  if (result != ARCHIVE_OK) throw_error(ErrorKind::corrupt, "data ", state_->reason());
  // What is given out counts as read with the next call only.
  const auto position = static_cast<uint64_t>(archive_filter_bytes(state_->reader, 0));
  return Block{static_cast<uint64_t>(offset), position, std::string_view(static_cast<const char*>(bytes), size)};
}

uint64_t TarReader::data_offset() const {
  // The header has been consumed by now, and nothing of the data.
  return static_cast<uint64_t>(archive_filter_bytes(state_->reader, 0));
}

bool TarReader::is_sparse() const {
  return archive_entry_sparse_count(state_->entry) > 0;
}

void TarReader::drain() {
  while (state_->source(state_->buffer.data(), state_->buffer.size()) > 0) {
  }
}

void TarReader::fail_header() {
  const std::string place = entries_ == 0 ? "archive" : cat("archive, after entry ", last_name_);
  throw_error(ErrorKind::corrupt, place, ": ", state_->reason());
}

}  // namespace minidock::store
