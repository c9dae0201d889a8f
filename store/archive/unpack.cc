#include "store/archive/unpack.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/decompress.h"
#include "store/archive/extractor.h"
#include "store/archive/jail.h"
#include "store/archive/sniff.h"

namespace minidock::store {

namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr int kPipeBytes = 1 << 20;  // kernel: the default of /proc/sys/fs/pipe-max-size

// A write to a pipe whose reader has died raises SIGPIPE, which would end the whole program. A pipe has no
// MSG_NOSIGNAL, so the signal is blocked here, and one that was raised meanwhile is taken off again.
class BlockedSigpipe {
 public:
  BlockedSigpipe() {
    sigemptyset(&sigpipe_);
    sigaddset(&sigpipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~BlockedSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const timespec now = {};
    while (sigtimedwait(&sigpipe_, nullptr, &now) >= 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  BlockedSigpipe(const BlockedSigpipe&) = delete;
  BlockedSigpipe& operator=(const BlockedSigpipe&) = delete;

 private:
  sigset_t sigpipe_;
  sigset_t before_;
};

struct Pipe {
  Fd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw_errno("create pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

Report failed(ErrorKind kind, const std::string& message, int error_number = 0) {
  Report report;
  report.failure = Error(kind, message, error_number);
  return report;
}

// Situation: in the jail. All that can go wrong becomes a report.
Report unpack_in_jail(int tar, int index, int root, const UnpackLimits& limits) {
  try {
    TarReader reader(tar, limits);
    LayerIndexWriter writer(index);
    return Extractor(reader, root, limits).run(writer);
  } catch (const Error& error) {
    return failed(error.kind(), error.what(), error.error_number());
  } catch (const std::bad_alloc&) {
    return failed(ErrorKind::exhausted, "the archive needs more memory than the unpacker may have");
  }
}

// One unpacking, seen from the parent.
class Unpacking {
 public:
  explicit Unpacking(const UnpackRequest& request)
      : request_(request),
        input_(request.fd, request.progress),
        source_(open_decompressor(input_)),
        chunk_(kChunkBytes) {}

  UnpackResult run() {
    size_t size = first_chunk();
    JailedChild child = start_child();
    const BlockedSigpipe blocked;
    for (; size > 0; size = source_->read(chunk_.data(), chunk_.size())) {
      if (!pass_on({chunk_.data(), size})) break;
    }
    tar_.write.reset();
    const Report report = collect(child);
    UnpackResult result;
    result.diff_id = oci::DiffId{hasher_.finish()};
    result.blob_bytes = blob_bytes_;
    result.content_bytes = report.content_bytes;
    result.entries = report.entries;
    result.newest_mtime = report.newest_mtime;
    result.warnings = report.warnings;
    return result;
  }

 private:
  // Looked at before anything is started: most mistakes show here.
  size_t first_chunk() {
    size_t size = 0;
    while (size < kSniffBytes) {
      const size_t got = source_->read(chunk_.data() + size, chunk_.size() - size);
      if (got == 0) break;
      size += got;
    }
    const std::string_view head(chunk_.data(), size);
    switch (sniff(head)) {
      case ArchiveKind::tar:
        return size;
      case ArchiveKind::gzip:
      case ArchiveKind::zstd:
      case ArchiveKind::xz:
      case ArchiveKind::bzip2:
        throw_error(ErrorKind::invalid, "compressed more than once: what was unpacked is ", name_of_kind(head),
                    "; undo one compression first");
      case ArchiveKind::damaged_tar:
        throw_error(ErrorKind::corrupt, "damaged tar archive: the checksum of its first header is wrong; get it again");
      default:
        throw_error(ErrorKind::invalid, not_a_tar_message(head));
    }
  }

  JailedChild start_child() {
    oci::Hasher().finish();  // the library loads its tables now: in the jail it could not
    tar_ = make_pipe();
    report_ = make_pipe();
    fcntl(tar_.write.get(), F_SETPIPE_SZ, kPipeBytes);  // a smaller pipe is only slower
    int tar = tar_.read.get();
    int report = report_.write.get();
    int index = request_.index_fd;
    JailedChild child = JailedChild::start(
        {request_.directory_fd, {&tar, &report, &index}},
        [&](int root) {
          write_report(report, unpack_in_jail(tar, index, root, request_.limits));
          return 0;
        },
        [&](const std::exception& error) {
          const auto* known = dynamic_cast<const Error*>(&error);
          write_report(report, failed(known == nullptr ? ErrorKind::internal : known->kind(), error.what()));
        });
    tar_.read.reset();
    report_.write.reset();
    return child;
  }

  // False if the child reads no more: it has failed, and will say why.
  bool pass_on(std::string_view bytes) {
    blob_bytes_ += bytes.size();
    check_expansion();
    const bool taken = feed(bytes);
    hasher_.update(bytes);
    try {
      write_all(request_.blob_fd, bytes);
    } catch (const Error& error) {
      throw error.with_context("write blob");
    }
    return taken;
  }

  bool feed(std::string_view bytes) {
    try {
      write_all(tar_.write.get(), bytes);
      return true;
    } catch (const Error& error) {
      if (error.error_number() == EPIPE) return false;
      throw;
    }
  }

  void check_expansion() const {
    const UnpackLimits& limits = request_.limits;
    if (blob_bytes_ > limits.total_bytes) {
      throw_error(ErrorKind::exhausted, "the uncompressed archive has more than ", human_bytes(limits.total_bytes),
                  ", the limit for one layer");
    }
    if (blob_bytes_ > limits.expansion_floor &&
        blob_bytes_ / std::max<uint64_t>(source_->used(), 1) >= limits.expansion_ratio) {
      throw_error(ErrorKind::exhausted, "the archive grows more than ", limits.expansion_ratio,
                  " times when uncompressed; recompress it if it is meant");
    }
  }

  Report collect(JailedChild& child) {
    std::optional<Report> report = read_report(report_.read.get());
    const std::string end = child.wait();
    if (!report) {
      throw_error(ErrorKind::corrupt, "the unpacker ended without a result (", end.empty() ? "no status" : end,
                  "): the archive may be made to break it");
    }
    if (report->failure) throw *report->failure;
    return *report;
  }

  const UnpackRequest& request_;
  Input input_;
  std::unique_ptr<Decompressor> source_;
  std::vector<char> chunk_;
  oci::Hasher hasher_;
  uint64_t blob_bytes_ = 0;
  Pipe tar_, report_;
};

}  // namespace

UnpackResult unpack_archive(const UnpackRequest& request) {
  return Unpacking(request).run();
}

}  // namespace minidock::store
