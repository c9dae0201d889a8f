#include "registry/http.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <exception>

#include "base/file.h"
#include "base/text.h"
#include "registry/curl_library.h"

namespace minidock::registry {

namespace {

constexpr size_t kHeaderBytes = 256 << 10;  // of all headers of one answer

struct HeaderList {
  curl_slist* list = nullptr;
  void add(const std::string& line) {
    curl_slist* longer = curl_library().slist_append(list, line.c_str());
    if (longer == nullptr) throw_error(ErrorKind::exhausted, "no memory for a request's headers");
    list = longer;
  }
  ~HeaderList() {
    if (list != nullptr) curl_library().slist_free_all(list);
  }
};

// What libcurl's callbacks work on. No exception may go through the library: it is kept, and thrown behind it.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response;
  size_t header_bytes = 0;
  bool has_sent = false;  // of the source
  std::exception_ptr failure;

  void take_header(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kHeaderBytes) throw_error(ErrorKind::corrupt, "the answer's headers are too long");
    line = trim(line);
    if (line.starts_with("HTTP/")) {  // of a proxy, or 100 Continue, before the answer proper
      response.headers.clear();
      const size_t blank = line.find(' ');
      response.status =
          blank == std::string_view::npos ? 0 : static_cast<int>(parse_int(line.substr(blank + 1, 3)).value_or(0));
      return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    response.headers.emplace_back(lower(line.substr(0, colon)), std::string(trim(line.substr(colon + 1))));
  }

  void take_body(std::string_view bytes) {
    if (request.sink && response.good()) return request.sink(response, bytes);
    if (response.body.size() + bytes.size() > request.most_bytes) {
      throw_error(ErrorKind::corrupt, "the answer is larger than ", human_bytes(request.most_bytes),
                  ", the limit for it");
    }
    response.body += bytes;
  }

  size_t give_body(char* buffer, size_t room) {
    has_sent = true;
    return request.source(buffer, room);
  }

  template <typename Body>
  size_t guarded(size_t on_failure, const Body& body) {
    try {
      return body();
    } catch (...) {
      failure = std::current_exception();
      return on_failure;
    }
  }
};

size_t on_header(char* bytes, size_t, size_t size, void* exchange) {
  auto& self = *static_cast<Exchange*>(exchange);
  return self.guarded(0, [&] {
    self.take_header({bytes, size});
    return size;
  });
}
size_t on_body(char* bytes, size_t, size_t size, void* exchange) {
  auto& self = *static_cast<Exchange*>(exchange);
  return self.guarded(size == 0 ? 1 : 0, [&] {
    self.take_body({bytes, size});
    return size;
  });
}
size_t on_read(char* buffer, size_t, size_t room, void* exchange) {
  auto& self = *static_cast<Exchange*>(exchange);
  return self.guarded(curl::kReadAbort, [&] { return self.give_body(buffer, room); });
}

ErrorKind kind_of(int result) {
  switch (result) {
    case curl::kNoProxyHost:
    case curl::kNoHost:
    case curl::kNoConnection:
    case curl::kTimeout:
      return ErrorKind::not_found;
    case curl::kSslConnect:
    case curl::kUntrusted:
    case curl::kBadCaFile:
      return ErrorKind::permission;
    default:
      return ErrorKind::corrupt;
  }
}

// Whether the connection was there, and broke.
bool is_broken(int result) {
  switch (result) {
    case curl::kHttp2:
    case curl::kPartial:
    case curl::kNothing:
    case curl::kSendError:
    case curl::kReceiveError:
    case curl::kHttp2Stream:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [its_name, value] : headers) {
    if (its_name == name) return value;
  }
  return "";
}

std::vector<std::string> HttpResponse::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [its_name, value] : headers) {
    if (its_name == name) out.push_back(value);
  }
  return out;
}

Http::Http(const Settings& settings) : settings_(settings), handle_(curl_library().easy_init()) {
  if (handle_ == nullptr) throw_error(ErrorKind::exhausted, "libcurl cannot make a handle");
}

Http::~Http() {
  curl_library().easy_cleanup(handle_);
}

bool Http::is_insecure(const std::string& authority) const {
  const auto named = [&](const std::string& host) { return authority_of(host) == authority; };
  return std::any_of(settings_.insecure.begin(), settings_.insecure.end(), named);
}

void Http::require_allowed(const Url& url) const {
  if (url.scheme == "https" || is_loopback(url.authority) || is_insecure(url.authority)) return;
  throw_error(ErrorKind::permission, url.shown(), ": plain http, which anybody on the way can read and change; ",
              "if it is meant, name ", printable(url.authority), " in MINIDOCK_INSECURE_REGISTRIES");
}

// The layout of docker's certs.d, where a host has a directory of its own.
void Http::set_certificates(const std::string& authority) {
  const CurlLibrary& library = curl_library();
  if (is_insecure(authority)) {
    library.easy_setopt(handle_, curl::kVerifyPeer, 0L);
    library.easy_setopt(handle_, curl::kVerifyHost, 0L);
  }
  for (const std::string& directory : settings_.certificate_directories) {
    const std::string at = cat(directory, "/", authority);
    if (!exists_at(AT_FDCWD, at)) continue;
    // Beside the system's own, which libcurl finds in a directory.
    if (exists_at(AT_FDCWD, at + "/ca.crt")) library.easy_setopt(handle_, curl::kCaFile, (at + "/ca.crt").c_str());
    if (exists_at(AT_FDCWD, at + "/client.cert")) {
      library.easy_setopt(handle_, curl::kSslCertificate, (at + "/client.cert").c_str());
      library.easy_setopt(handle_, curl::kSslKey, (at + "/client.key").c_str());
    }
    return;
  }
}

void Http::set_named_certificates(const std::string& authority) {
  const CurlLibrary& library = curl_library();
  const auto set = [&](curl::Option option, const std::string& path) {
    if (path.empty()) return;
    // libcurl's own words name neither the file nor who asked for it.
    if (!exists_at(AT_FDCWD, path)) throw_error(ErrorKind::not_found, path, ": there is no such file, for ", authority);
    library.easy_setopt(handle_, option, path.c_str());
  };
  for (const auto& [host, files] : settings_.certificates) {
    if (authority_of(host) != authority) continue;
    set(curl::kCaFile, files.ca);
    set(curl::kSslCertificate, files.client_cert);
    set(curl::kSslKey, files.client_key);
  }
}

void Http::set_up(const Url& url, const HttpRequest& request) {
  const CurlLibrary& library = curl_library();
  library.easy_reset(handle_);  // connections stay
  const auto set = [&](curl::Option option, auto value) { library.easy_setopt(handle_, option, value); };
  set(curl::kUrl, url.text().c_str());
  set(curl::kProtocols, curl::kHttp | curl::kHttps);
  set(curl::kFollowLocation, 0L);
  set(curl::kUserAgent, settings_.user_agent.c_str());
  set(curl::kConnectTimeout, settings_.connect_seconds * 1000L);
  set(curl::kLowSpeedLimit, 1L);
  set(curl::kLowSpeedTime, static_cast<long>(request.idle_seconds > 0 ? request.idle_seconds : settings_.idle_seconds));
  set(curl::kSuppressConnectHeaders, 1L);
  if (url.scheme == "http" && !settings_.http_proxy.empty()) set(curl::kProxy, settings_.http_proxy.c_str());
  if (is_loopback(url.authority)) set(curl::kProxy, "");
  set_certificates(url.authority);
  set_named_certificates(url.authority);
  if (request.method == "HEAD") {
    set(curl::kNoBody, 1L);
  } else if (request.source) {
    set(curl::kUpload, 1L);
    set(curl::kInputSize, request.source_bytes ? static_cast<int64_t>(*request.source_bytes) : int64_t{-1});
    set(curl::kCustomRequest, request.method.c_str());
  } else if (request.method != "GET") {
    set(curl::kPostFieldSize, static_cast<int64_t>(request.body.size()));
    set(curl::kPostFields, request.body.c_str());
    set(curl::kCustomRequest, request.method.c_str());
  }
}

HttpResponse Http::perform(const Url& url, const HttpRequest& request) {
  require_allowed(url);
  const CurlLibrary& library = curl_library();
  set_up(url, request);
  HeaderList headers;
  for (const std::string& line : request.headers) headers.add(line);
  headers.add("Expect:");  // no waiting for 100 Continue
  const bool has_length = !request.source || request.source_bytes;
  if (request.method != "GET" && request.method != "HEAD" && has_length) headers.add("Transfer-Encoding:");
  char text[curl::kErrorBytes] = {};
  Exchange exchange{request, {}, 0, false, nullptr};
  library.easy_setopt(handle_, curl::kHttpHeader, headers.list);
  library.easy_setopt(handle_, curl::kErrorBuffer, text);
  library.easy_setopt(handle_, curl::kHeaderFunction, on_header);
  library.easy_setopt(handle_, curl::kHeaderData, &exchange);
  library.easy_setopt(handle_, curl::kWriteFunction, on_body);
  library.easy_setopt(handle_, curl::kWriteData, &exchange);
  library.easy_setopt(handle_, curl::kReadFunction, on_read);
  library.easy_setopt(handle_, curl::kReadData, &exchange);
  const int result = library.easy_perform(handle_);
  library.easy_setopt(handle_, curl::kErrorBuffer, nullptr);
  if (exchange.failure) {
    try {
      std::rethrow_exception(exchange.failure);
    } catch (const Error& error) {
      throw error.with_context(url.shown());
    }
  }
  if (result == curl::kOk) return std::move(exchange.response);
  // A time-out of a connection that was there is a break; one that never came is not worth waiting for again.
  const bool stalled = result == curl::kTimeout && (exchange.response.status != 0 || exchange.has_sent);
  std::string why = text[0] != 0 ? std::string(text) : std::string(library.easy_strerror(result));
  if (result == curl::kUntrusted && !settings_.certificate_directories.empty()) {
    why += cat("; if you trust it, put its CA's certificate into ", settings_.certificate_directories.front(), "/",
               url.authority, "/ca.crt");
  }
  throw TransferError(kind_of(result), cat(url.shown(), ": ", printable(why)), stalled || is_broken(result),
                      result == curl::kSslConnect || result == curl::kNoHost);
}

}  // namespace minidock::registry
