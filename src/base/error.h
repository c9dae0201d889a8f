// Errors: one exception type for the whole program.
//
// A message is lower case: verb, object, cause, and what to do, for the person at the terminal:
//   cannot import app.tar: entry etc/passwd: data cut short; get the archive again
// Context is added where the user's own word is known: catch Error, call with_context(), rethrow.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/text.h"

namespace minidock {

enum class ErrorKind {
  invalid,      // the request itself is wrong
  not_found,    // a named object does not exist
  conflict,     // a name or object exists already
  in_use,       // the object is busy: running, referenced, locked
  permission,   // the kernel or the store refuses this caller
  unsupported,  // this kernel or this build cannot do it
  exhausted,    // disk, memory, descriptors or a limit of ours
  corrupt,      // stored or imported data is damaged
  interrupted,  // a signal ended the work
  internal,     // a bug of ours
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, int error_number = 0)
      : std::runtime_error(message), kind_(kind), errno_(error_number) {}

  ErrorKind kind() const { return kind_; }
  int error_number() const { return errno_; }  // 0 where no system call failed

  // The same error, its message preceded by "CONTEXT: ".
  Error with_context(std::string_view context) const { return {kind_, cat(context, ": ", what()), errno_}; }

 private:
  ErrorKind kind_;
  int errno_;
};

// The kind that an errno stands for where nothing better is known.
ErrorKind kind_of_errno(int error_number);

// "No such file or directory" for ENOENT: thread-safe.
std::string errno_text(int error_number);

[[noreturn]] void throw_errno_message(int error_number, const std::string& message);

// throw_errno("mount ", source, " on ", target): captures errno first, adds its text.
template <typename... Parts>
[[noreturn]] void throw_errno(const Parts&... parts) {
  const int saved = errno;
  throw_errno_message(saved, cat(parts...));
}

template <typename... Parts>
[[noreturn]] void throw_error(ErrorKind kind, const Parts&... parts) {
  throw Error(kind, cat(parts...));
}

}  // namespace minidock
