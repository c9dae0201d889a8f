#include "linux/mount_context.h"

#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

namespace minidock::linux {

MountContext::MountContext(const std::string& type) : type_(type), fd_(fsopen(type.c_str(), FSOPEN_CLOEXEC)) {
  if (fd_) return;
  const int failure = errno;
  if (failure == ENODEV) throw_error(ErrorKind::unsupported, type_, ": this kernel has no such file system");
  throw_errno_message(failure, cat(type_, ": not available"));
}

std::string MountContext::log() const {
  char text[512];
  const ssize_t size = ::read(fd_.get(), text, sizeof text);
  if (size <= 2) return {};
  return cat(" (", printable(trim(std::string_view(text + 2, static_cast<size_t>(size) - 2))), ")");
}

bool MountContext::try_set(const char* key, const std::string& value) const {
  return fsconfig(fd_.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) == 0;
}

void MountContext::set(const char* key, const std::string& value) const {
  if (try_set(key, value)) return;
  const int failure = errno;
  throw_errno_message(failure, cat(type_, ": set ", key, log()));
}

void MountContext::set_word(const std::string& word) const {
  const size_t equals = word.find('=');
  if (equals != std::string::npos) return set(word.substr(0, equals).c_str(), word.substr(equals + 1));
  if (fsconfig(fd_.get(), FSCONFIG_SET_FLAG, word.c_str(), nullptr, 0) == 0) return;
  const int failure = errno;
  throw_errno_message(failure, cat(type_, ": set ", printable(word), log()));
}

bool MountContext::try_create() const {
  return fsconfig(fd_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0;
}

void MountContext::create() const {
  if (!try_create()) fail_to_create(errno);
}

void MountContext::fail_to_create(int failure) const {
  throw_errno_message(failure, cat("mount ", type_, log()));
}

Fd MountContext::mount(uint64_t attributes) const {
  Fd made(fsmount(fd_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  if (!made) throw_errno("mount ", type_);
  return made;
}

}  // namespace minidock::linux
