#include "monitor/helper/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "monitor/helper/text.h"

namespace minidock::monitor {

void Log::write(bool error_stream, const char* data, uint32_t size) {
  if (settings_.format == LogFormat::none) return;
  Partial& partial = partial_[error_stream ? 1 : 0];
  while (size > 0) {
    const char* newline = static_cast<const char*>(memchr(data, '\n', size));
    uint32_t take = newline == nullptr ? size : static_cast<uint32_t>(newline - data) + 1;
    if (partial.size == 0 && newline != nullptr && take <= kLogPart) {
      emit(error_stream, data, take);
    } else {
      if (take > kLogPart - partial.size) take = kLogPart - partial.size;
      memcpy(partial.data + partial.size, data, take);
      partial.size += take;
      if (partial.size == kLogPart || partial.data[partial.size - 1] == '\n') {
        emit(error_stream, partial.data, partial.size);
        partial.size = 0;
      }
    }
    data += take;
    size -= take;
  }
  flush();
}

void Log::finish() {
  finishing_ = true;
  for (int stream = 0; stream < 2; ++stream) {
    if (partial_[stream].size > 0) emit(stream == 1, partial_[stream].data, partial_[stream].size);
    partial_[stream].size = 0;
  }
  flush();
}

namespace {
// One byte of the log as JSON. Bytes that are not UTF-8 become U+FFFD, as docker's encoder has it.
uint32_t utf8_length(const char* at, uint32_t left) {
  const unsigned char lead = static_cast<unsigned char>(*at);
  const uint32_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > left) return 0;
  for (uint32_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(at[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

uint32_t escape(char* out, const char* at, uint32_t left, uint32_t* used) {
  static const char kHex[] = "0123456789abcdef";
  const unsigned char byte = static_cast<unsigned char>(*at);
  *used = 1;
  const char* plain = byte == '"'    ? "\\\""
                      : byte == '\\' ? "\\\\"
                      : byte == '\n' ? "\\n"
                      : byte == '\r' ? "\\r"
                      : byte == '\t' ? "\\t"
                                     : nullptr;
  if (plain != nullptr) {
    memcpy(out, plain, 2);
    return 2;
  }
  if (byte < 0x20) {
    memcpy(out, "\\u00", 4);
    out[4] = kHex[byte >> 4];
    out[5] = kHex[byte & 15];
    return 6;
  }
  const uint32_t length = utf8_length(at, left);
  if (length == 0) {
    memcpy(out, "\\ufffd", 6);
    return 6;
  }
  memcpy(out, at, length);
  *used = length;
  return length;
}

uint32_t put(char* out, const char* text) {
  const uint32_t size = static_cast<uint32_t>(strlen(text));
  memcpy(out, text, size);
  return size;
}
}  // namespace

// A record is kept whole: it never begins in one file and ends in the next.
void Log::emit(bool error_stream, const char* data, uint32_t size) {
  if (settings_.format == LogFormat::journal) return emit_journal(error_stream, data, size);
  if (settings_.max_size != 0 && file_size_ + out_size_ >= settings_.max_size) {
    flush();
    rotate();
  }
  if (settings_.format == LogFormat::json) {
    emit_json(error_stream, data, size);
  } else {
    emit_local(error_stream, data, size);
  }
}

void Log::append(const void* data, uint32_t size) {
  if (size > sizeof out_ - out_size_) flush();
  memcpy(out_ + out_size_, data, size);
  out_size_ += size;
}

void Log::append_extra() {
  constexpr uint32_t kBlock = 16384;
  for (uint32_t at = 0; at < extra_.size; at += kBlock)
    append(extra_.data + at, extra_.size - at < kBlock ? extra_.size - at : kBlock);
}

void Log::emit_local(bool error_stream, const char* data, uint32_t size) {
  timespec time = {};
  clock_gettime(CLOCK_REALTIME, &time);
  LogRecordHead head = {};
  head.size = size;
  head.stream = error_stream ? 2 : 1;
  head.partial = data[size - 1] == '\n' ? 0 : 1;
  head.magic = kLogMagic;
  head.time = static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  append(&head, sizeof head);
  append(data, size);
  append(&size, sizeof size);
}

void Log::emit_json(bool error_stream, const char* data, uint32_t size) {
  constexpr uint32_t kTail = 128;  // room for what follows the text
  if (out_size_ + 16 > sizeof out_ - kTail) flush();
  out_size_ += put(out_ + out_size_, "{\"log\":\"");
  for (uint32_t at = 0; at < size;) {
    if (out_size_ + 8 > sizeof out_ - kTail) flush();
    uint32_t used = 1;
    out_size_ += escape(out_ + out_size_, data + at, size - at, &used);
    at += used;
  }
  out_size_ += put(out_ + out_size_, error_stream ? "\",\"stream\":\"stderr\",\"" : "\",\"stream\":\"stdout\",\"");
  if (extra_.size > 0) {
    append("attrs\":", 7);
    append_extra();
    append(",\"", 2);
  }
  append("time\":\"", 7);
  if (out_size_ > sizeof out_ - kTail) flush();
  out_size_ += format_now(out_ + out_size_);
  out_size_ += put(out_ + out_size_, "\"}\n");
}

bool Log::open_file() {
  fd_ = Fd(open(path_, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  struct stat info;
  file_size_ = fd_ && fstat(fd_.get(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
  return static_cast<bool>(fd_);
}

void Log::flush() {
  if (out_size_ == 0) return;
  uint32_t done = 0;
  while ((fd_ || open_file()) && done < out_size_) {
    const ssize_t put_now = ::write(fd_.get(), out_ + done, out_size_ - done);
    if (put_now < 0 && errno == EINTR) continue;
    if (put_now <= 0) break;
    done += static_cast<uint32_t>(put_now);
  }
  file_size_ += done;
  lost_ += out_size_ - done;
  out_size_ = 0;
}

}  // namespace minidock::monitor
