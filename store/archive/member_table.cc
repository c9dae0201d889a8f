#include "store/archive/member_table.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "store/archive/jail.h"
#include "store/archive/path.h"
#include "store/archive/pipe.h"
#include "store/archive/report.h"
#include "store/archive/tar_reader.h"

namespace minidock::store {

namespace {

constexpr size_t kTableBytes = 64 << 20;
constexpr int kLinkHops = 16;
constexpr size_t kFields = 5;

// Of the outer archive: its members are layers.
UnpackLimits outer_limits() {
  UnpackLimits limits;
  limits.entries = 100'000;
  limits.file_bytes = limits.total_bytes;
  return limits;
}

// Where a symbolic link of the archive leads, as a name of the archive; "" for a place outside.
std::string link_name(const Entry& entry) {
  const bool absolute = entry.target.starts_with('/');
  const std::string_view parent = parent_of(entry.path);
  return clean_path(absolute ? entry.target : cat(parent, "/", entry.target)).value_or("");
}

// Situation: in the jail. One record a member: kind, name, target, offset, size, each ended by a zero byte.
Report list_members(int tar, int out, const FileRange& range) {
  Report report;
  try {
    const UnpackLimits limits = outer_limits();
    if (lseek(tar, static_cast<off_t>(range.offset), SEEK_SET) < 0) throw_errno("seek");
    TarReader reader(tar, limits, true);
    std::string records;
    while (const std::optional<Entry> entry = reader.next()) {
      char kind = 'o';
      std::string target;
      if (entry->type == EntryType::file) kind = reader.is_sparse() ? 's' : 'f';
      if (entry->type == EntryType::symlink) kind = 'l', target = link_name(*entry);
      if (entry->type == EntryType::hardlink) kind = 'h', target = entry->target;
      records += cat(std::string(1, kind), '\0', entry->path, '\0', target, '\0', reader.data_offset(), '\0',
                     entry->size, '\0');
    }
    write_all(out, records);
  } catch (const Error& error) {
    report.failure = error;
  } catch (const std::bad_alloc&) {
    report.failure = Error(ErrorKind::exhausted, kNoMemory);
  }
  return report;
}

}  // namespace

// One scan, seen from the parent.
class MemberScan {
 public:
  MemberScan(int fd, const FileRange& range, int empty_directory) : range_(range) {
    Fd list(memfd_create("members", MFD_CLOEXEC));
    if (!list) throw_errno("create a file in memory");
    Pipe report_pipe = make_pipe();
    int tar = fd, out = list.get(), report = report_pipe.write.get();
    JailedChild::Setup setup;
    setup.root = empty_directory;
    setup.kept = {&tar, &out, &report};
    const off_t before = lseek(fd, 0, SEEK_CUR);
    JailedChild child = JailedChild::start(
        setup,
        [&](int) {
          write_report(report, list_members(tar, out, range));
          return 0;
        },
        [&](const std::exception& error) {
          Report failed;
          failed.failure = Error(ErrorKind::internal, error.what());
          write_report(report, failed);
        });
    report_pipe.write.reset();
    await_report(report_pipe.read.get(), child);
    if (before >= 0) lseek(fd, before, SEEK_SET);  // the child has moved what both have open
    if (lseek(list.get(), 0, SEEK_SET) < 0) throw_errno("read members");
    parse(read_fd(list.get(), kTableBytes));
  }

  MemberTable table;

 private:
  // security: whoever has taken the reader over may have written this.
  void parse(std::string_view records) {
    const std::vector<std::string> fields = split(records, '\0');
    for (size_t i = 0; i + kFields < fields.size(); i += kFields) {
      MemberTable::Member member;
      member.kind = fields[i].size() == 1 ? static_cast<MemberTable::Kind>(fields[i][0]) : MemberTable::Kind::other;
      member.target = fields[i + 2];
      const std::optional<int64_t> offset = parse_int(fields[i + 3]), size = parse_int(fields[i + 4]);
      const uint64_t place = offset.value_or(-1) < 0 ? UINT64_MAX : static_cast<uint64_t>(*offset);
      const uint64_t length = size.value_or(-1) < 0 ? UINT64_MAX : static_cast<uint64_t>(*size);
      if (member.kind == MemberTable::Kind::file && (place > range_.size || length > range_.size - place)) {
        throw_error(ErrorKind::corrupt, "entry ", shown(fields[i + 1]), ": cut short; get the archive again");
      }
      member.range = {range_.offset + place, length};
      table.members_[fields[i + 1]] = std::move(member);
    }
  }

  FileRange range_;
};

MemberTable MemberTable::scan(int fd, const FileRange& range, int empty_directory) {
  return std::move(MemberScan(fd, range, empty_directory).table);
}

std::optional<FileRange> MemberTable::find(std::string_view name) const {
  const std::optional<std::string> cleaned = clean_path(name);
  if (!cleaned) return std::nullopt;
  std::string at = *cleaned;
  for (int hop = 0; hop < kLinkHops; ++hop) {
    const auto member = members_.find(at);
    if (member == members_.end()) {
      if (hop == 0) return std::nullopt;
      throw_error(ErrorKind::corrupt, "entry ", shown(name), ": a link to ", shown(at),
                  ", which is not in the archive");
    }
    switch (member->second.kind) {
      case Kind::file:
        return member->second.range;
      case Kind::symlink:
      case Kind::hardlink:
        at = member->second.target;
        break;
      case Kind::sparse:
        throw_error(ErrorKind::corrupt, "entry ", shown(at), ": stored with holes; make the archive without them");
      default:
        return std::nullopt;
    }
  }
  throw_error(ErrorKind::corrupt, "entry ", shown(name), ": links in a circle");
}

bool MemberTable::has_directory(const std::string& name) const {
  const auto next = members_.lower_bound(name);
  if (next != members_.end() && next->first == name) return next->second.kind == Kind::other;
  return members_.lower_bound(name + "/") != members_.lower_bound(name + "0");  // '0' follows '/'
}

}  // namespace minidock::store
