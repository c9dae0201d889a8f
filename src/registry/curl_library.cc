#include "registry/curl_library.h"

#include <dlfcn.h>

#include "base/error.h"

namespace minidock::registry {
namespace {

template <typename Call>
void find_call(void* library, const char* name, Call& out) {
  out = reinterpret_cast<Call>(::dlsym(library, name));
  if (out == nullptr) throw_error(ErrorKind::unsupported, "cannot talk to a registry: libcurl has no ", name);
}

CurlLibrary load_library() {
  constexpr long kEverything = 3;  // CURL_GLOBAL_ALL
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    throw_error(ErrorKind::unsupported,
                "cannot talk to a registry: libcurl.so.4 is not there; install libcurl4 (Fedora: libcurl)");
  }
  CurlLibrary out = {};
  find_call(library, "curl_global_init", out.global_init);
  find_call(library, "curl_easy_init", out.easy_init);
  find_call(library, "curl_easy_cleanup", out.easy_cleanup);
  find_call(library, "curl_easy_reset", out.easy_reset);
  find_call(library, "curl_easy_setopt", out.easy_setopt);
  find_call(library, "curl_easy_perform", out.easy_perform);
  find_call(library, "curl_easy_strerror", out.easy_strerror);
  find_call(library, "curl_slist_append", out.slist_append);
  find_call(library, "curl_slist_free_all", out.slist_free_all);
  if (out.global_init(kEverything) != curl::kOk) throw_error(ErrorKind::unsupported, "libcurl cannot be started");
  return out;
}

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary kLibrary = load_library();
  return kLibrary;
}

}  // namespace minidock::registry
