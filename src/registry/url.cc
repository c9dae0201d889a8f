#include "registry/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace minidock::registry {

namespace {

bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '-' || letter == '.' || letter == '_' || letter == '~';
}

std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) return std::string(authority.substr(1, authority.find(']') - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

}  // namespace

std::string Url::text() const {
  return cat(scheme, "://", authority, rest.empty() ? "/" : rest);
}

std::string Url::shown() const {
  return printable(cat(scheme, "://", authority, rest.substr(0, rest.find('?'))));
}

std::optional<Url> parse_url(std::string_view text) {
  const auto is_plain = [](char letter) { return letter > ' ' && letter < 0x7f; };
  if (!std::all_of(text.begin(), text.end(), is_plain)) return std::nullopt;
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text.remove_prefix(colon + 3);
  const size_t end = text.find_first_of("/?#");
  url.authority = lower(text.substr(0, end));
  if (url.authority.empty() || url.authority.find_first_of("@\\") != std::string::npos) return std::nullopt;
  if (end != std::string_view::npos) {
    url.rest = text.substr(end, text.find('#', end) - end);
    if (!url.rest.starts_with('/')) url.rest.insert(0, "/");
  }
  return url;
}

Url resolve_location(const Url& from, std::string_view location) {
  if (location.starts_with('/') && !location.starts_with("//")) {
    const std::optional<Url> url = parse_url(cat(from.scheme, "://", from.authority, location));
    if (url) return *url;
  } else if (const std::optional<Url> url = parse_url(location)) {
    return *url;
  }
  throw_error(ErrorKind::corrupt, from.shown(), ": leads to what is no URL: \"",
              printable(location.substr(0, std::min<size_t>(200, location.find('?')))), "\"");
}

bool is_loopback(std::string_view authority) {
  const std::string host = host_of(authority);
  if (host == "localhost") return true;
  in_addr four;
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

std::string authority_of(const std::string& host) {
  return host == "docker.io" ? "registry-1.docker.io" : lower(host);
}

std::string percent_encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char letter : text) {
    if (is_unreserved(letter)) {
      out += letter;
      continue;
    }
    const auto byte = static_cast<unsigned char>(letter);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

}  // namespace minidock::registry
