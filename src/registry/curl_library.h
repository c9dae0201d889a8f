// libcurl's calls, found at run time: only a command that talks to a registry loads it, and minidock is built without
// its headers. Internal to src/registry. Source: libcurl's manual pages, curl_easy_setopt(3) and its pages; the numbers
// are the library's stable binary interface (curl.h, "CURLoption").
#pragma once

#include <cstddef>

struct curl_slist;

namespace minidock::registry {

namespace curl {
// Options by the kind of their value: 0 long, 10000 pointer, 20000 function, 30000 64-bit number.
enum Option : int {
  kWriteData = 10001,
  kUrl = 10002,
  kProxy = 10004,
  kReadData = 10009,
  kErrorBuffer = 10010,
  kWriteFunction = 20011,
  kReadFunction = 20012,
  kPostFields = 10015,
  kUserAgent = 10018,
  kLowSpeedLimit = 19,
  kLowSpeedTime = 20,
  kHttpHeader = 10023,
  kSslCertificate = 10025,
  kHeaderData = 10029,
  kCustomRequest = 10036,
  kNoBody = 44,
  kUpload = 46,
  kFollowLocation = 52,
  kVerifyPeer = 64,
  kCaFile = 10065,
  kHeaderFunction = 20079,
  kVerifyHost = 81,
  kSslKey = 10087,
  kInputSize = 30115,  // -1: not known before
  kPostFieldSize = 30120,
  kConnectTimeout = 156,  // milliseconds
  kProtocols = 181,       // a set of kHttp, kHttps
  kSuppressConnectHeaders = 265,
};
constexpr long kHttp = 1, kHttps = 2;
constexpr size_t kErrorBytes = 256;
constexpr size_t kReadAbort = 0x10000000;  // what the read function returns to end the transfer

// Results of a transfer: CURLcode.
enum Result : int {
  kOk = 0,
  kNoProxyHost = 5,
  kNoHost = 6,
  kNoConnection = 7,
  kHttp2 = 16,
  kPartial = 18,
  kTimeout = 28,
  kSslConnect = 35,
  kNothing = 52,
  kSendError = 55,
  kReceiveError = 56,
  kUntrusted = 60,
  kBadCaFile = 77,
  kHttp2Stream = 92,
};
}  // namespace curl

struct CurlLibrary {
  int (*global_init)(long flags);
  void* (*easy_init)();
  void (*easy_cleanup)(void* handle);
  void (*easy_reset)(void* handle);
  int (*easy_setopt)(void* handle, int option, ...);
  int (*easy_perform)(void* handle);
  const char* (*easy_strerror)(int result);
  curl_slist* (*slist_append)(curl_slist* list, const char* text);
  void (*slist_free_all)(curl_slist* list);
};

// Loaded once, and never unloaded. Throws unsupported where the library is missing or lacks a call.
const CurlLibrary& curl_library();

}  // namespace minidock::registry
