// One exchange of HTTP with a server, over libcurl: no redirect is followed, nothing is tried again (retry.h,
// session.h). Proxies are those of the environment, as libcurl reads it; a loopback address never goes through one.
// security: the server's name and certificate are verified but for hosts that the user named insecure.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "registry/settings.h"
#include "registry/url.h"

namespace minidock::registry {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // unless a sink had it

  bool good() const { return status >= 200 && status < 300; }
  std::string header(std::string_view name) const;  // the first of that name; "" without
  std::vector<std::string> all(std::string_view name) const;
};

struct HttpRequest {
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  // Instead of `body`: gives it piece by piece, up to `room` bytes at a time, 0 at its end. May throw: that ends the
  // exchange. It cannot be given twice: such a request is made anew for another attempt.
  std::function<size_t(char* buffer, size_t room)> source;
  std::optional<uint64_t> source_bytes;  // of all of it, where that is known before
  // Gets the body of a good answer, piece by piece, with the head of it. May throw: that ends the exchange.
  std::function<void(const HttpResponse& head, std::string_view bytes)> sink;
  size_t most_bytes = 4 << 20;  // of a body that is kept in memory; more is an error
  int idle_seconds = 0;         // as the setting of that name, which 0 stands for
};

// What kept an exchange from its end, and whether another attempt may help.
class TransferError : public Error {
 public:
  TransferError(ErrorKind kind, const std::string& message, bool again, bool no_https)
      : Error(kind, message), may_help_again(again), not_https(no_https) {}
  bool may_help_again;
  bool not_https;  // the other side does not speak TLS, or has a name that at most a proxy for http knows
};

class Http {
 public:
  explicit Http(const Settings& settings);  // copied
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Throws TransferError; corrupt where an answer is too large; and what the sink throws.
  HttpResponse perform(const Url& url, const HttpRequest& request);

  const Settings& settings() const { return settings_; }
  bool is_insecure(const std::string& authority) const;  // named so by the user
  // security: throws permission for plain http to any but a loopback address or an insecure host.
  void require_allowed(const Url& url) const;

 private:
  void set_up(const Url& url, const HttpRequest& request);
  void set_certificates(const std::string& authority);
  void set_named_certificates(const std::string& authority);
  Settings settings_;
  void* handle_ = nullptr;
};

}  // namespace minidock::registry
