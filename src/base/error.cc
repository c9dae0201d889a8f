#include "base/error.h"

#include <cstring>

namespace minidock {

ErrorKind kind_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ESRCH:
    case ENXIO:
    case ENODEV:
      return ErrorKind::not_found;
    case EEXIST:
    case ENOTEMPTY:
      return ErrorKind::conflict;
    case EBUSY:
    case ETXTBSY:
      return ErrorKind::in_use;
    case EPERM:
    case EACCES:
    case EROFS:
      return ErrorKind::permission;
    case ENOSYS:
    case EOPNOTSUPP:
    case EAFNOSUPPORT:
      return ErrorKind::unsupported;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return ErrorKind::exhausted;
    case EINVAL:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return ErrorKind::invalid;
    case EIO:
    case EBADMSG:
      return ErrorKind::corrupt;
    case EINTR:
      return ErrorKind::interrupted;
    default:
      return ErrorKind::internal;
  }
}

std::string errno_text(int error_number) {
  char buffer[128];
  return strerror_r(error_number, buffer, sizeof buffer);  // GNU form: returns the text
}

void throw_errno_message(int error_number, const std::string& message) {
  throw Error(kind_of_errno(error_number), cat(message, ": ", errno_text(error_number)), error_number);
}

}  // namespace minidock
