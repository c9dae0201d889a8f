#include "config/trust.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/fields.h"

namespace minidock::config {

namespace {

// A repository's whole name or its beginning, as images have it: with its registry, without a tag.
std::string repository(const Value& value) {
  std::string_view text = value.as_text();
  if (text == "*") return "*";
  if (text.ends_with('/')) text.remove_suffix(1);
  const size_t slash = text.find('/');
  const std::string host = lower(text.substr(0, slash));
  const std::string path(slash == std::string_view::npos ? "" : text.substr(slash));
  if (host != "localhost" && host.find_first_of(".:") == std::string::npos) {
    value.refuse("the whole name is wanted, with its registry: docker.io/library/web");
  }
  if (path.find_first_of(":@") != std::string::npos) value.refuse("a repository is wanted, without a tag or a digest");
  if (lower(path) != path) value.refuse("names of repositories are in lower case");
  if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != std::string::npos ||
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-/") != std::string::npos ||
      path.find("//") != std::string::npos) {
    value.refuse("no image can have such a name");
  }
  return cat(host == "index.docker.io" ? "docker.io" : host, path);
}

void take_keys(Trust& trust, const Value& value) {
  if (value.as_list().empty()) value.refuse("it has none: say accept or reject");
  for (const Value& item : value.as_list()) {
    const std::string_view text = trim(item.as_text());
    if (!text.starts_with('/') && !text.starts_with("-----BEGIN ")) {
      item.refuse("an absolute path is wanted, or a public key in PEM");
    }
    trust.keys.emplace_back(text);
  }
}

// Said or not: a no would have to mean something.
template <auto member>
void take_yes(Trust& trust, const Value& value) {
  if (!value.as_flag()) value.refuse(cat(value.key, " is true or not there"));
  trust.*member = true;
}

constexpr std::array<Field<Trust>, 4> kTrustFields = {{
    {"name", [](Trust& trust, const Value& value) { trust.name = repository(value); }},
    {"keys", take_keys},
    {"accept", take_yes<&Trust::accept>},
    {"reject", take_yes<&Trust::reject>},
}};

void check_trust(const Trust& trust, const Value& table) {
  if (trust.name.empty()) table.refuse("name is missing: a repository, the beginning of one, or \"*\"");
  if (!trust.keys.empty() + trust.accept + trust.reject != 1) {
    table.refuse("one of keys, accept and reject is wanted");
  }
}

}  // namespace

void take_trust(Settings& settings, const Value& value) {
  take_tables<Trust>(value, kTrustFields, &Trust::name, check_trust, settings.trust);
}

void show_trust(const Settings& settings, std::string_view name, std::vector<Value>& values) {
  Value list = make_value("", name, {}, Value::Kind::list);
  for (const Trust& trust : settings.trust) {
    const Origin& origin = trust.origin;
    Value& table = list.items.emplace_back(make_value("", name, origin, Value::Kind::table));
    table.items.push_back(text_value(name, "name", origin, trust.name));
    if (!trust.keys.empty()) table.items.push_back(list_value(name, "keys", origin, trust.keys));
    if (trust.accept) table.items.push_back(flag_value(name, "accept", origin, true));
    if (trust.reject) table.items.push_back(flag_value(name, "reject", origin, true));
  }
  if (!list.items.empty()) list.origin = list.items.front().origin;
  values.push_back(std::move(list));
}

}  // namespace minidock::config
