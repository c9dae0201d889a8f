// URLs as far as a registry's answers need them: scheme, authority, and the rest. Source: RFC 3986.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace minidock::registry {

struct Url {
  std::string scheme;     // "http", "https"
  std::string authority;  // "host", "host:port", "[::1]:5000", lower case
  std::string rest;       // from the first "/" on, with its query: "" is "/"

  std::string text() const;
  std::string shown() const;  // without the query, which may hold a secret: for messages
  bool same_origin(const Url& other) const { return scheme == other.scheme && authority == other.authority; }
};

// security: nullopt for other schemes, for a user's name in the authority, and for blanks or control bytes anywhere.
std::optional<Url> parse_url(std::string_view text);
// A Location header's value, which may be a path of the same place. Throws corrupt.
Url resolve_location(const Url& from, std::string_view location);

// "localhost", an address in 127.0.0.0/8 or ::1, with a port or without. No name is looked up.
bool is_loopback(std::string_view authority);

// Of the registry that images call `host`: the Hub is called by another name than its registry has.
std::string authority_of(const std::string& host);

// For a query's values: all but unreserved letters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace minidock::registry
