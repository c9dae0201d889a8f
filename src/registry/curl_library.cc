#include "registry/curl_library.h"

#include "base/shared_library.h"

namespace minidock::registry {
namespace {

CurlLibrary load_library() {
  constexpr long kEverything = 3;  // CURL_GLOBAL_ALL
  const auto library = SharedLibrary::load({"libcurl.so.4", "libcurl-gnutls.so.4"}, "cannot talk to a registry",
                                           "install libcurl4 (Fedora: libcurl)");
  CurlLibrary out = {};
  library.load_call("curl_global_init", out.global_init);
  library.load_call("curl_easy_init", out.easy_init);
  library.load_call("curl_easy_cleanup", out.easy_cleanup);
  library.load_call("curl_easy_reset", out.easy_reset);
  library.load_call("curl_easy_setopt", out.easy_setopt);
  library.load_call("curl_easy_perform", out.easy_perform);
  library.load_call("curl_easy_strerror", out.easy_strerror);
  library.load_call("curl_slist_append", out.slist_append);
  library.load_call("curl_slist_free_all", out.slist_free_all);
  if (out.global_init(kEverything) != curl::kOk) throw_error(ErrorKind::unsupported, "libcurl cannot be started");
  return out;
}

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary kLibrary = load_library();
  return kLibrary;
}

}  // namespace minidock::registry
