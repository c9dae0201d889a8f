// Who the command runs as: the container's own passwd and group files, read inside its root.
// security: regular files of at most 10 MiB, no NSS, nothing executed. A text of digits is a number in
// 0..2147483647 and never looked up as a name (CVE-2016-3697, CVE-2024-40635).
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "runtime/init/paths.h"
#include "runtime/init/steps.h"

namespace minidock::runtime::init {

namespace {
constexpr off_t kMaxFile = 10 << 20;
constexpr int kMaxFields = 7;

// A whole passwd or group file, NUL-terminated, gone with the process.
struct Database {
  char* data = nullptr;
  size_t size = 0;
  int failure = 0;  // ENOENT: no such file, which is an empty one
};

Database load(Context& context, const char* path) {
  Database database;
  const Fd fd(open_in_root(context, path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  struct stat info;
  if (!fd) {
    database.failure = errno == ENOTDIR ? ENOENT : errno;
  } else if (fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    database.failure = EINVAL;
  } else if (info.st_size > kMaxFile) {
    database.failure = EFBIG;
  } else {
    void* memory = mmap(nullptr, static_cast<size_t>(info.st_size) + 1, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      database.failure = errno;
      return database;
    }
    database.data = static_cast<char*>(memory);
    while (database.size < static_cast<size_t>(info.st_size)) {
      const ssize_t got =
          read(fd.get(), database.data + database.size, static_cast<size_t>(info.st_size) - database.size);
      if (got <= 0) break;
      database.size += static_cast<size_t>(got);
    }
  }
  return database;
}

// One line cut into its ':' fields; views into the database, not terminated.
struct Field {
  const char* at = nullptr;
  size_t size = 0;
  bool is(const char* text, size_t length) const { return size == length && memcmp(at, text, length) == 0; }
};
struct Line {
  Field fields[kMaxFields];
  int count = 0;
};

// Calls visit(line) for each line until it returns true.
template <typename Visit>
void each_line(const Database& database, Visit visit) {
  const char* at = database.data;
  const char* const end = at + database.size;
  while (at < end) {
    const char* newline = static_cast<const char*>(memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* const stop = newline == nullptr ? end : newline;
    Line line;
    while (line.count < kMaxFields) {
      const char* colon = static_cast<const char*>(memchr(at, ':', static_cast<size_t>(stop - at)));
      const char* const field_end = colon == nullptr ? stop : colon;
      line.fields[line.count++] = {at, static_cast<size_t>(field_end - at)};
      at = field_end + (colon == nullptr ? 0 : 1);
      if (colon == nullptr) break;
    }
    if (visit(line)) return;
    at = stop + 1;
  }
}

enum class Number { none, good, out_of_range };

Number parse_id(const char* text, size_t size, uint32_t* value) {
  if (size == 0) return Number::none;
  uint64_t sum = 0;
  for (size_t i = 0; i < size; ++i) {
    if (text[i] < '0' || text[i] > '9') return Number::none;
    if (sum <= 0x7fffffff) sum = sum * 10 + static_cast<uint64_t>(text[i] - '0');
  }
  *value = static_cast<uint32_t>(sum);
  return sum <= 0x7fffffff ? Number::good : Number::out_of_range;
}

int refuse(Context& context, const char* what, const char* name, const char* why) {
  context.detail << "unable to find " << what << " " << name << ": " << why;
  return EINVAL;
}

bool add_group(Identity& identity, gid_t gid) {
  for (int i = 0; i < identity.group_count; ++i) {
    if (identity.groups[i] == gid) return true;
  }
  if (identity.group_count == kMaxGroups) return false;
  identity.groups[identity.group_count++] = gid;
  return true;
}

bool lists_member(const Field& members, const Field& user) {
  const char* at = members.at;
  const char* const end = at + members.size;
  while (at <= end) {
    const char* comma = static_cast<const char*>(memchr(at, ',', static_cast<size_t>(end - at)));
    const char* const stop = comma == nullptr ? end : comma;
    if (user.is(at, static_cast<size_t>(stop - at))) return true;
    at = stop + 1;
  }
  return false;
}

int find_group(Context& context, const Database& groups, const char* name, gid_t* gid) {
  const size_t size = strlen(name);
  uint32_t value = 0;
  switch (parse_id(name, size, &value)) {
    case Number::good:
      *gid = value;
      return 0;
    case Number::out_of_range:
      return refuse(context, "group", name, "a group id is 0 to 2147483647");
    case Number::none:
      break;
  }
  bool found = false;
  each_line(groups, [&](const Line& line) {
    found = line.count >= 3 && line.fields[0].is(name, size) &&
            parse_id(line.fields[2].at, line.fields[2].size, &value) == Number::good;
    return found;
  });
  if (!found) return refuse(context, "group", name, "no matching entries in group file");
  *gid = value;
  return 0;
}

// Fills uid, gid and home from passwd; `login` becomes the entry's name, empty without an entry.
int find_user(Context& context, const Database& users, const char* name, Field* login) {
  Identity& identity = context.identity;
  const size_t size = strlen(name);
  uint32_t wanted = 0;
  const Number kind = parse_id(name, size, &wanted);
  if (kind == Number::out_of_range) return refuse(context, "user", name, "a user id is 0 to 2147483647");
  each_line(users, [&](const Line& line) {
    uint32_t uid = 0, gid = 0;
    if (line.count < 4 || parse_id(line.fields[2].at, line.fields[2].size, &uid) != Number::good) return false;
    if (kind == Number::good ? uid != wanted : !line.fields[0].is(name, size)) return false;
    if (parse_id(line.fields[3].at, line.fields[3].size, &gid) != Number::good) return false;
    identity.uid = uid;
    identity.gid = gid;
    *login = line.fields[0];
    char home[4096];
    if (line.count >= 6 && line.fields[5].size > 0 && line.fields[5].size < sizeof home) {
      memcpy(home, line.fields[5].at, line.fields[5].size);
      home[line.fields[5].size] = 0;
      identity.home << home;
    }
    return true;
  });
  if (login->at != nullptr) return 0;
  if (kind == Number::none) return refuse(context, "user", name, "no matching entries in passwd file");
  identity.uid = wanted;
  identity.gid = 0;
  return 0;
}

int load_databases(Context& context, Database& users, Database& groups) {
  users = load(context, "/etc/passwd");
  groups = load(context, "/etc/group");
  const Database* const both[] = {&users, &groups};
  for (const Database* database : both) {
    if (database->failure == 0 || database->failure == ENOENT) continue;
    context.detail << (database == &users ? "read the image's /etc/passwd: " : "read the image's /etc/group: ");
    context.detail << (database->failure == EINVAL  ? "not a regular file"
                       : database->failure == EFBIG ? "larger than 10 MiB"
                                                    : strerrordesc_np(database->failure));
    return database->failure;
  }
  return 0;
}

int look_up(Context& context, const RecordView& step) {
  Identity& identity = context.identity;
  Database users, groups;
  if (const int failure = load_databases(context, users, groups); failure != 0) return failure;
  char text[512] = "0";
  uint32_t length = 0;
  const char* wanted = step.text(0, &length);
  if (length >= sizeof text) return ENAMETOOLONG;
  if (length > 0) memcpy(text, wanted, length + 1);
  char* group_name = strchr(text, ':');
  if (group_name != nullptr) *group_name++ = 0;
  Field login;
  if (const int failure = find_user(context, users, *text == 0 ? "0" : text, &login); failure != 0) return failure;
  const bool own_group = group_name == nullptr || *group_name == 0;
  if (!own_group) {
    if (const int failure = find_group(context, groups, group_name, &identity.gid); failure != 0) return failure;
  }
  add_group(identity, identity.gid);
  if (own_group && login.at != nullptr) {
    each_line(groups, [&](const Line& line) {
      uint32_t gid = 0;
      if (line.count >= 4 && lists_member(line.fields[3], login) &&
          parse_id(line.fields[2].at, line.fields[2].size, &gid) == Number::good) {
        return !add_group(identity, gid);
      }
      return false;
    });
  }
  for (uint32_t i = 1; i < step.text_count(); ++i) {
    gid_t gid = 0;
    if (const int failure = find_group(context, groups, step.text(i), &gid); failure != 0) return failure;
    if (!add_group(identity, gid)) return E2BIG;
  }
  return 0;
}

// Numbers were given: the entry serves for the home alone, and a file that cannot be read for nothing.
void home_of_number(Context& context) {
  const Database users = load(context, "/etc/passwd");
  if (users.failure != 0) return;
  Identity& identity = context.identity;
  const uid_t uid = identity.uid;
  const gid_t gid = identity.gid;
  FixedText<16> number;
  number << static_cast<int64_t>(uid);
  Field login;
  if (find_user(context, users, number.c_str(), &login) != 0) context.detail.clear();
  identity.uid = uid;
  identity.gid = gid;
}
}  // namespace

int find_ids(Context& context, const RecordView& step, uid_t& uid, gid_t& gid) {
  static Identity kept;  // too large for the stack
  kept = context.identity;
  const int failure = look_up(context, step);
  uid = context.identity.uid;
  gid = context.identity.gid;
  context.identity = kept;
  return failure;
}

int identity_step(Context& context, const RecordView& step) {
  Identity& identity = context.identity;
  if (step.number(0) == 0) {
    const int failure = look_up(context, step);
    if (identity.home.size() == 0) identity.home << "/";
    return failure;
  }
  identity.uid = static_cast<uid_t>(step.number(1));
  identity.gid = static_cast<gid_t>(step.number(2));
  for (uint32_t i = 3; i < step.number_count(); ++i) {
    if (!add_group(identity, static_cast<gid_t>(step.number(i)))) return E2BIG;
  }
  // spec: config.md is silent about HOME, and programs need one: the passwd entry's, as runc has it.
  const char* const given = find_variable(context.environment, "HOME");
  if (given == nullptr || *given == 0) home_of_number(context);
  if (identity.home.size() == 0) identity.home << (identity.uid == 0 ? "/root" : "/");
  return 0;
}

}  // namespace minidock::runtime::init
