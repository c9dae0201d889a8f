#include "monitor/helper/names.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "monitor/frame.h"
#include "runtime/fixed_text.h"

namespace minidock::monitor {

namespace {

constexpr int kMostMembers = 64;  // of one name: what any answer holds

// "IPV4|- IPV6|- NAME"
struct Member {
  char text[512];
  const char *ipv4, *ipv6, *name;
};
Member members[kMostMembers];

// The text's first word or line becomes a text of its own, and `at` goes behind it; nullptr where there is no more.
char* next(char*& at, char end) {
  if (at == nullptr || *at == 0) return nullptr;
  char* const begin = at;
  at = strchr(at, end);
  if (at != nullptr) *at++ = 0;
  return begin;
}

bool read_member(int directory, const char* entry, Member& out) {
  const Fd file(openat(directory, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const ssize_t got = file ? read(file.get(), out.text, sizeof out.text - 1) : -1;
  if (got <= 0) return false;
  out.text[got] = 0;
  char* at = out.text;
  out.ipv4 = next(at, ' ');
  out.ipv6 = next(at, ' ');
  out.name = next(at, ' ');
  return out.name != nullptr;
}

// linux_dirent64 of getdents64(2); readdir(3) needs the heap.
struct Entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

void add_address(DnsAnswer& answer, int family, const char* text) {
  uint8_t bytes[16];
  if (inet_pton(family, text, bytes) == 1) answer.add_address(bytes, family == AF_INET ? 4 : 16);
}

// NAME as a last label: "web.blue" -> the length of "web"; 0 where it has none or nothing before it.
size_t length_before(const char* name, const char* network) {
  const size_t whole = strlen(name), tail = strlen(network);
  if (whole < tail + 2 || name[whole - tail - 1] != '.' || strcasecmp(name + whole - tail, network) != 0) return 0;
  return whole - tail - 1;
}

}  // namespace

const char* Names::run_directory() const {
  return launch_.text(kRunDirectory);
}

const char* Names::own_id() const {
  const char* const slash = strrchr(run_directory(), '/');
  return slash == nullptr ? "" : slash;
}

char* Names::read_list() const {
  static char text[kMostNamesText];
  runtime::FixedText<4096> path;
  path << run_directory() << "/../../" << kNameLists << own_id();
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const ssize_t got = file ? read(file.get(), text, sizeof text - 1) : 0;
  text[got > 0 ? got : 0] = 0;
  return text;
}

bool Names::is_up(const char* container) const {
  runtime::FixedText<4096> path;
  path << run_directory() << "/../" << container << "/up";
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return file && flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

int Names::read_members(int directory) const {
  alignas(Entry) char buffer[8192];
  int count = 0;
  for (;;) {
    const long got = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
    if (got <= 0) return count;
    for (long at = 0; at < got && count < kMostMembers;) {
      const Entry& entry = *reinterpret_cast<const Entry*>(buffer + at);
      if (entry.name[0] != '.' && read_member(directory, entry.name, members[count]) && is_up(entry.name)) ++count;
      at += entry.size;
    }
  }
}

// False where nobody has the key. With an `address`, which is the key: who has that, and is called how.
bool Names::add_members(const char* network, const char* key, const char* address, DnsAnswer& answer,
                        uint16_t type) const {
  runtime::FixedText<4096> path;
  path << run_directory() << "/../../" << kNamesDirectory << "/" << network << "/" << key;
  const Fd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) return false;
  const int count = read_members(directory.get());
  // Whoever takes the first of several gets each of them in turn.
  uint32_t first = 0;
  if (count > 1 && getrandom(&first, sizeof first, GRND_NONBLOCK) != sizeof first) first = 0;
  bool found = false;
  for (int i = 0; i < count; ++i) {
    const Member& member = members[(first + static_cast<uint32_t>(i)) % static_cast<uint32_t>(count)];
    if (address != nullptr) {
      // security: a name may look like an address; that makes it nobody's.
      if (strcmp(member.ipv4, address) != 0 && strcmp(member.ipv6, address) != 0) continue;
      answer.add_pointer(member.name);
    } else {
      if (type == kDnsA || type == kDnsAny) add_address(answer, AF_INET, member.ipv4);
      if (type == kDnsAaaa || type == kDnsAny) add_address(answer, AF_INET6, member.ipv6);
    }
    found = true;
  }
  return found;
}

bool Names::answer(const uint8_t* message, const DnsQuery& query, uint8_t* out, size_t most, size_t& size) const {
  if (!query.is_plain) return false;
  char address[INET6_ADDRSTRLEN];
  const bool reverse = query.type == kDnsPtr && parse_reverse_name(query.name, address, sizeof address);
  DnsAnswer answer(out, most, message, query);
  char* list = read_list();
  while (char* line = next(list, '\n')) {
    if (const char* const word = next(line, ' '); word == nullptr || strcmp(word, kNetworkWord) != 0) continue;
    const char* const id = next(line, ' ');
    const char* const network = next(line, ' ');
    if (network == nullptr) continue;
    char name[sizeof query.name];
    memcpy(name, query.name, sizeof name);
    bool found = add_members(id, reverse ? address : name, reverse ? address : nullptr, answer, query.type);
    if (const size_t length = length_before(name, network); !found && !reverse && length > 0) {
      name[length] = 0;
      found = add_members(id, name, nullptr, answer, query.type);
    }
    if (!found) continue;
    size = answer.finish(DnsCode::ok);
    return true;
  }
  return false;
}

socklen_t Names::find_server(int index, sockaddr_storage& out) const {
  out = {};
  sockaddr_in& v4 = reinterpret_cast<sockaddr_in&>(out);
  sockaddr_in6& v6 = reinterpret_cast<sockaddr_in6&>(out);
  char* list = read_list();
  while (char* line = next(list, '\n')) {
    const char* const word = next(line, ' ');
    const char* const address = next(line, ' ');
    if (address == nullptr || strcmp(word, kServerWord) != 0 || index-- > 0) continue;
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(kNamePort);
      return sizeof v4;
    }
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) != 1) return 0;
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(kNamePort);
    return sizeof v6;
  }
  return 0;
}

void Names::remove() const {
  if (*run_directory() == 0) return;  // a further process of a container
  char* list = read_list();
  while (char* line = next(list, '\n')) {
    if (const char* const word = next(line, ' '); word == nullptr || strcmp(word, kNetworkWord) != 0) continue;
    const char* const id = next(line, ' ');
    next(line, ' ');  // its name
    for (const char* key = kMembersKey; key != nullptr; key = next(line, ' ')) {
      runtime::FixedText<4096> directory, path;
      directory << run_directory() << "/../../" << kNamesDirectory << "/" << id << "/" << key;
      path << directory.c_str() << own_id();
      unlink(path.c_str());
      rmdir(directory.c_str());  // where we were the last that had it
    }
  }
  runtime::FixedText<4096> path;
  path << run_directory() << "/../../" << kNameLists << own_id();
  unlink(path.c_str());  // order: last, as it tells what there may be
}

}  // namespace minidock::monitor
