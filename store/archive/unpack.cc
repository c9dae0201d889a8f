#include "store/archive/unpack.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "linux/syscalls.h"
#include "store/archive/archive_input.h"
#include "store/archive/blob_writer.h"
#include "store/archive/extractor.h"
#include "store/archive/growing_file.h"
#include "store/archive/jail.h"
#include "store/archive/path.h"
#include "store/archive/pipe.h"
#include "store/archive/relay.h"
#include "store/archive/unpacked_layer.h"
#include "store/erofs/tree_sink.h"

namespace minidock::store {

namespace {

Report failed(ErrorKind kind, const std::string& message, int error_number = 0) {
  Report report;
  report.failure = Error(kind, message, error_number);
  return report;
}

struct JailDescriptors {
  int blob, lengths, index, tree, marks, root;
};

// Situation: in the jail. All that can go wrong becomes a report.
Report unpack_in_jail(const JailDescriptors& fds, const UnpackRequest& request) {
  try {
    GrowingFile blob(fds.blob, fds.lengths);
    TarReader reader([&blob](char* buffer, size_t size) { return blob.read(buffer, size); }, request.limits);
    if (request.form == LayerForm::tree) {
      erofs::TreeSink sink(fds.tree, fds.index, request.limits);
      return Extractor(reader, sink, request.limits, request.has_lower).run();
    }
    UnpackedLayer sink(fds.root, fds.index, fds.marks, request.limits);
    return Extractor(reader, sink, request.limits, request.has_lower).run();
  } catch (const Error& error) {
    return failed(error.kind(), error.what(), error.error_number());
  } catch (const std::bad_alloc&) {
    return failed(ErrorKind::exhausted, kNoMemory);
  }
}

// One unpacking, seen from the parent.
class Unpacking {
 public:
  explicit Unpacking(const UnpackRequest& request)
      : request_(request),
        blob_(request.blob_fd),
        input_(request.fd, request.progress, request.range, request.digest.has_value()) {}

  UnpackResult run() {
    JailedChild child = start_child();
    const BlockedSigpipe blocked;
    pass_all();
    lengths_.write.reset();
    const Report report = await_report(report_.read.get(), child);
    if (request_.form == LayerForm::directory) set_marks();
    UnpackResult result;
    result.diff_id = oci::DiffId{hasher_.finish()};
    check_digest(result.diff_id);
    result.blob_bytes = blob_bytes_;
    result.content_bytes = report.content_bytes;
    result.entries = report.entries;
    result.newest_mtime = report.newest_mtime;
    result.warnings = report.warnings;
    return result;
  }

 private:
  // What is plain is only copied and hashed, and the child's own work takes the other processor.
  void pass_all() {
    const auto each = [this](const auto& pass) {
      for (std::string_view bytes = input_.next(); !bytes.empty(); bytes = input_.next()) {
        blob_bytes_ += bytes.size();
        check_expansion(request_.limits, blob_bytes_, input_.used());
        if (!pass(bytes)) break;
      }
    };
    if (!input_.is_compressed()) return each([this](std::string_view bytes) { return pass_on(bytes); });
    // order: after the fork, with SIGPIPE blocked, and over before anything else is started.
    Relay relay([this](std::string_view bytes) { return pass_on(bytes); });
    each([&relay](std::string_view bytes) { return relay.give(bytes); });
    relay.finish();
  }

  JailedChild start_child() {
    oci::Hasher().finish();  // the library loads its tables now: in the jail it could not
    lengths_ = make_pipe();
    report_ = make_pipe();
    marks_ = Fd(memfd_create("opaque-marks", MFD_CLOEXEC));
    if (!marks_) throw_errno("create a file in memory");
    // security: the child may read the blob, and not write it.
    const Fd blob_to_read =
        open_file(AT_FDCWD, cat("/proc/self/fd/", is_blob_there() ? request_.fd : request_.blob_fd), O_RDONLY);
    int blob = blob_to_read.get();
    int lengths = lengths_.read.get();
    int report = report_.write.get();
    int index = request_.index_fd;
    int tree = request_.tree_fd;
    int marks = marks_.get();
    JailedChild::Setup setup;
    setup.root = request_.directory_fd;
    setup.kept = {&blob, &lengths, &report, &index, &marks};
    if (request_.form == LayerForm::tree) setup.kept.push_back(&tree);
    JailedChild child = JailedChild::start(
        setup,
        [&](int root) {
          write_report(report, unpack_in_jail({blob, lengths, index, tree, marks, root}, request_));
          return 0;
        },
        [&](const std::exception& error) {
          const auto* known = dynamic_cast<const Error*>(&error);
          write_report(report, failed(known == nullptr ? ErrorKind::internal : known->kind(), error.what()));
        });
    lengths_.read.reset();
    report_.write.reset();
    return child;
  }

  bool is_blob_there() const { return request_.blob_fd < 0; }

  // False if the child reads no more: it has failed, and will say why.
  bool pass_on(std::string_view bytes) {
    blob_.write(bytes);
    // order: the child begins with these while they are hashed here.
    const bool taken = try_tell_length(lengths_.write.get(), blob_.written());
    hasher_.update(bytes);
    return taken;
  }

  void check_digest(const oci::DiffId& diff_id) {
    if (!request_.digest) return;
    const oci::Digest found = input_.digest().value_or(diff_id.digest);
    if (found == *request_.digest) return;
    throw_error(ErrorKind::corrupt, "its SHA-256 is ", found.hex(), ", and should be ", request_.digest->hex(),
                "; get the archive again");
  }

  // kernel: trusted.* takes CAP_SYS_ADMIN, which the jail lacks. security: what it says is a list of names, each of
  // them taken only for a directory of the layer that no link leads to.
  void set_marks() {
    if (lseek(marks_.get(), 0, SEEK_SET) < 0) throw_errno("read marks");
    for (const std::string& mark : split(read_fd(marks_.get(), 64 << 20), '\0')) {
      if (!mark.empty()) set_mark(mark[0], mark.substr(1));
    }
  }

  // kernel: overlayfs leaves removed names out of its list of a directory only where it has reason to look for them: an
  // "origin" is one, an empty one an origin that is not known (fs/overlayfs/inode.c "non-merge dir that may have
  // whiteouts"). Else those of a directory that no other layer has would be listed, and not be there.
  void set_mark(char kind, const std::string& path) {
    constexpr uint64_t kInside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    const Fd directory(
        linux::openat2(request_.directory_fd, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, kInside));
    const int failed = !directory            ? -1
                       : kind == kOpaqueMark ? fsetxattr(directory.get(), "trusted.overlay.opaque", "y", 1, 0)
                                             : fsetxattr(directory.get(), "trusted.overlay.origin", "", 0, 0);
    if (failed != 0) throw_errno("mark directory ", shown(path), kind == kOpaqueMark ? " opaque" : "");
  }

  const UnpackRequest& request_;
  BlobWriter blob_;
  ArchiveInput input_;
  oci::Hasher hasher_;
  uint64_t blob_bytes_ = 0;
  Pipe lengths_, report_;
  Fd marks_;
};

}  // namespace

void check_expansion(const UnpackLimits& limits, uint64_t made, uint64_t used) {
  if (made > limits.total_bytes) {
    throw_error(ErrorKind::exhausted, "the uncompressed archive has more than ", human_bytes(limits.total_bytes),
                ", the limit for one layer");
  }
  if (made > limits.expansion_floor && made / std::max<uint64_t>(used, 1) >= limits.expansion_ratio) {
    throw_error(ErrorKind::exhausted, "the archive grows more than ", limits.expansion_ratio,
                " times when uncompressed; recompress it if it is meant");
  }
}

UnpackResult unpack_archive(const UnpackRequest& request) {
  return Unpacking(request).run();
}

}  // namespace minidock::store
