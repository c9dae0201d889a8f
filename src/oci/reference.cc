#include "oci/reference.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

// The grammar is that of distribution/reference (reference.go, "Grammar"), read by hand: std::regex recurses once a
// letter, and what comes in here was typed by anybody.
namespace minidock::oci {

namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kHubAlias = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr size_t kLongestPath = 255;  // of the path without its domain, as distribution counts since 0.6
constexpr size_t kLongestTag = 128;

bool is_lower_alnum(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
}
bool is_alnum(char letter) {
  return is_lower_alnum(letter) || (letter >= 'A' && letter <= 'Z');
}
bool is_separator(char letter) {
  return letter == '.' || letter == '_' || letter == '-';
}

// What may stand between two alphanumeric runs of a path component: one dot, one or two underscores, any dashes.
bool is_separator_run(std::string_view run) {
  return run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == std::string_view::npos;
}

bool is_path_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    if (is_lower_alnum(text[i])) {
      ++i;
      continue;
    }
    const size_t start = i;
    while (is_separator(text[i])) ++i;  // ends: the last letter is alphanumeric
    if (i == start || !is_separator_run(text.substr(start, i - start))) return false;
  }
  return true;
}

bool is_path(std::string_view text) {
  const auto parts = split(text, '/');
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) { return is_path_component(part); });
}

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
  }
  for (const std::string& label : split(host, '.')) {
    if (label.empty() || !is_alnum(label.front()) || !is_alnum(label.back())) return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; })) return false;
  }
  return true;
}

bool is_domain(std::string_view text) {
  // The colons of an IPv6 address stand in brackets; only one after them begins the port.
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return is_host(text);
  const std::string_view port = text.substr(colon + 1);
  return is_host(text.substr(0, colon)) && !port.empty() &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

[[noreturn]] void refuse() {
  throw_error(ErrorKind::invalid, "invalid reference format");
}

// Docker tells three wrong digests apart, after the grammar's own check of at least 32 hex digits of any case.
Digest parse_reference_digest(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) refuse();
  const std::string_view hex = text.substr(colon + 1);
  const auto is_hex_digit = [](char c) { return is_hex(lower(std::string_view(&c, 1))); };
  if (hex.size() < 32 || !std::all_of(hex.begin(), hex.end(), is_hex_digit)) refuse();
  if (text.substr(0, colon) != "sha256") throw_error(ErrorKind::invalid, "unsupported digest algorithm");
  if (hex.size() != 64) throw_error(ErrorKind::invalid, "invalid checksum digest length");
  const auto digest = Digest::parse(text);
  if (!digest) throw_error(ErrorKind::invalid, "invalid checksum digest format");
  return *digest;
}

struct Parts {
  std::string domain;
  std::string rest;
};

// The first part is a registry only if it looks like one; all else is a repository of the Hub.
Parts split_domain(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view first = text.substr(0, slash == std::string_view::npos ? 0 : slash);
  const bool registry = slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos ||
                                                            first == "localhost" || lower(first) != first);
  Parts parts{std::string(registry ? first : kHub), std::string(registry ? text.substr(slash + 1) : text)};
  if (parts.domain == kHubAlias) parts.domain = kHub;
  if (parts.domain == kHub && parts.rest.find('/') == std::string::npos) parts.rest.insert(0, kOfficial);
  return parts;
}

}  // namespace

bool is_tag(std::string_view text) {
  if (text.empty() || text.size() > kLongestTag || !(is_alnum(text[0]) || text[0] == '_')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || is_separator(c); });
}

std::string Reference::familiar_name() const {
  std::string_view rest = name;
  if (!rest.starts_with(cat(kHub, "/"))) return name;
  rest.remove_prefix(kHub.size() + 1);
  const bool official = rest.starts_with(kOfficial) && rest.find('/', kOfficial.size()) == std::string_view::npos;
  if (official) rest.remove_prefix(kOfficial.size());
  return std::string(rest);
}

namespace {
std::string with_tag_and_digest(std::string text, const Reference& reference) {
  if (!reference.tag.empty()) text += cat(":", reference.tag);
  if (reference.digest) text += cat("@", reference.digest->text());
  return text;
}
}  // namespace

std::string Reference::familiar() const {
  return with_tag_and_digest(familiar_name(), *this);
}
std::string Reference::canonical() const {
  return with_tag_and_digest(name, *this);
}

Reference parse_reference(std::string_view text) {
  // security: a name that reads as an ID would decide what `run ID` starts.
  if (Digest::parse_hex(text)) {
    throw_error(ErrorKind::invalid, "invalid repository name (", text, "), cannot specify 64-byte hexadecimal strings");
  }
  auto [domain, rest] = split_domain(text);
  // Before the grammar, which would only say "invalid": upper case is the usual slip, and has its own answer.
  const std::string remote = rest.substr(0, rest.find(':'));
  if (lower(remote) != remote) {
    throw_error(ErrorKind::invalid, "invalid reference format: repository name (", printable(remote),
                ") must be lowercase");
  }
  Reference reference;
  if (const size_t at = rest.find('@'); at != std::string::npos) {
    reference.digest = parse_reference_digest(std::string_view(rest).substr(at + 1));
    rest.resize(at);
  }
  if (const size_t colon = rest.find(':'); colon != std::string::npos) {
    reference.tag = rest.substr(colon + 1);
    rest.resize(colon);
    if (!is_tag(reference.tag)) refuse();
  } else if (!reference.digest) {
    reference.tag = "latest";
  }
  if (!is_domain(domain) || !is_path(rest)) refuse();
  if (rest.size() > kLongestPath) {
    throw_error(ErrorKind::invalid, "repository name must not be more than ", kLongestPath, " characters");
  }
  reference.name = cat(domain, "/", rest);
  return reference;
}

namespace {

constexpr std::string_view kArchiveExtensions[] = {".tar.gz", ".tgz",     ".tar.xz", ".txz", ".tar.zst",
                                                   ".tzst",   ".tar.bz2", ".tbz2",   ".tar"};

// `text` with everything that a path component may not hold turned into dashes.
std::string as_path_component(std::string_view text) {
  std::string out, run;
  for (const char letter : text) {
    if (!is_lower_alnum(letter)) {
      if (is_separator(letter)) {
        run += letter;
      } else if (!run.ends_with('-')) {
        run += '-';
      }
      continue;
    }
    if (!run.empty() && !out.empty()) out += is_separator_run(run) ? run : "-";
    run.clear();
    out += letter;
  }
  return out;
}

}  // namespace

std::optional<std::string> name_from_file(std::string_view path) {
  const std::string base = lower(path.substr(path.rfind('/') + 1));  // npos + 1 is 0
  std::string_view stem = base;
  for (const std::string_view extension : kArchiveExtensions) {
    if (!stem.ends_with(extension)) continue;
    stem.remove_suffix(extension.size());
    break;
  }
  std::string name = as_path_component(stem);
  const bool usable = !name.empty() && !Digest::parse_hex(name) && kOfficial.size() + name.size() <= kLongestPath;
  if (!usable) return std::nullopt;
  return name;
}

}  // namespace minidock::oci
