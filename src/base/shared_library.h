// A shared library that is loaded when it is first needed, so that a command without it pays nothing, and that a host
// may lack. It stays loaded. Source: dlopen(3).
#pragma once

#include <dlfcn.h>

#include <initializer_list>
#include <string_view>

#include "base/error.h"

namespace minidock {

class SharedLibrary {
 public:
  // The first of `names` that is there; false as a bool where none is.
  static SharedLibrary find(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (void* const handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return {handle, name};
    }
    return {nullptr, *names.begin()};
  }
  // The same, for `purpose`: "cannot read the journal". Throws unsupported, with what to do: "install libsystemd0".
  static SharedLibrary load(std::initializer_list<const char*> names, std::string_view purpose,
                            std::string_view advice) {
    SharedLibrary library = find(names);
    if (!library) throw_error(ErrorKind::unsupported, purpose, ": ", library.name_, " is not there; ", advice);
    library.purpose_ = purpose;
    return library;
  }
  explicit operator bool() const { return handle_ != nullptr; }

  // A function of it into `call`, a pointer of its type; nullptr where the library lacks it.
  template <typename Call>
  void find_call(const char* name, Call& call) const {
    call = reinterpret_cast<Call>(::dlsym(handle_, name));
  }
  // Throws unsupported where the library lacks it.
  template <typename Call>
  void load_call(const char* name, Call& call) const {
    find_call(name, call);
    if (call == nullptr) throw_error(ErrorKind::unsupported, purpose_, ": ", name_, " has no ", name);
  }

 private:
  SharedLibrary(void* handle, const char* name) : handle_(handle), name_(name) {}
  void* handle_;
  const char* name_;
  std::string_view purpose_;  // of load(): lives as long as its caller's words
};

}  // namespace minidock
