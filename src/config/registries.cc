#include "config/registries.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/fields.h"

namespace minidock::config {

namespace {

bool is_part(std::string_view part, std::string_view others) {
  const auto fits = [&](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           others.find(letter) != std::string_view::npos;
  };
  return !part.empty() && std::all_of(part.begin(), part.end(), fits);
}

// HOST[:PORT][/PATH] as the beginning of an image's name, whose first part is a host only with a dot, a port, or as
// localhost. "https://" before it and "/" behind it are what docker's registry-mirrors have: they say nothing more.
std::string place(const Value& value) {
  std::string_view text = value.as_text();
  if (lower(text).starts_with("http://")) {
    value.refuse("write it without http://, and say insecure = true in a [[registry]] of that host");
  }
  if (lower(text).starts_with("https://")) text.remove_prefix(std::string_view("https://").size());
  if (text.ends_with('/')) text.remove_suffix(1);
  const size_t slash = text.find('/');
  std::string host = lower(text.substr(0, slash));
  const std::string_view path = slash == std::string_view::npos ? "" : text.substr(slash);
  const bool is_host = host == "localhost" || host.find_first_of(".:") != std::string::npos;
  bool good = is_host && is_part(host, ".-:[]") && (path.empty() || is_part(path, "/._-"));
  good = good && path.find("//") == std::string_view::npos;
  if (!good) value.refuse("HOST[:PORT][/PATH] is wanted");
  if (host == "index.docker.io" || host == "registry-1.docker.io") host = "docker.io";
  return cat(host, path);
}

void take_mirrors(Registry& registry, const Value& value) {
  for (const Value& item : value.as_list()) registry.mirrors.push_back(place(item));
}

template <auto member>
void take_file(Registry& registry, const Value& value) {
  if (!value.as_text().starts_with('/')) value.refuse("an absolute path is wanted");
  registry.*member = value.text;
}

constexpr std::array<Field<Registry>, 7> kFields = {{
    {"prefix", [](Registry& registry, const Value& value) { registry.prefix = place(value); }},
    {"mirrors", take_mirrors},
    {"mirrors-only", [](Registry& registry, const Value& value) { registry.mirrors_only = value.as_flag(); }},
    {"insecure", [](Registry& registry, const Value& value) { registry.insecure = value.as_flag(); }},
    {"ca", take_file<&Registry::ca>},
    {"client-cert", take_file<&Registry::client_cert>},
    {"client-key", take_file<&Registry::client_key>},
}};

void check(const Registry& registry, const Value& table) {
  const bool is_part_of_host = registry.prefix.find('/') != std::string::npos;
  const bool about_host = registry.insecure || !registry.ca.empty() || !registry.client_cert.empty();
  if (registry.prefix.empty()) table.refuse("prefix is missing: the registry's host, and a path if it is for a part");
  if (registry.client_cert.empty() != registry.client_key.empty()) {
    table.refuse("client-cert and client-key are wanted, both or none");
  }
  if (is_part_of_host && about_host) {
    table.refuse("insecure, ca, client-cert and client-key are of a whole host: give them a prefix without a path");
  }
  if (registry.mirrors_only && registry.mirrors.empty()) table.refuse("mirrors-only, and mirrors has none");
}

}  // namespace

std::string registry_host(const Value& value) {
  std::string host = place(value);
  if (host.find('/') != std::string::npos) value.refuse("HOST[:PORT] is wanted, without a path");
  return host;
}

void take_registries(Settings& settings, const Value& value) {
  take_tables<Registry>(value, kFields, &Registry::prefix, check, settings.registries);
}

void show_registries(const Settings& settings, std::string_view name, std::vector<Value>& values) {
  Value list = make_value("", name, {}, Value::Kind::list);
  for (const Registry& registry : settings.registries) {
    const Origin& origin = registry.origin;
    Value& table = list.items.emplace_back(make_value("", name, origin, Value::Kind::table));
    table.items.push_back(text_value(name, "prefix", origin, registry.prefix));
    table.items.push_back(list_value(name, "mirrors", origin, registry.mirrors));
    table.items.push_back(flag_value(name, "mirrors-only", origin, registry.mirrors_only));
    table.items.push_back(flag_value(name, "insecure", origin, registry.insecure));
    // A path that was not given has no words for it in TOML.
    for (const auto& [key, path] : {std::pair("ca", registry.ca), std::pair("client-cert", registry.client_cert),
                                    std::pair("client-key", registry.client_key)}) {
      if (!path.empty()) table.items.push_back(text_value(name, key, origin, path));
    }
  }
  if (!list.items.empty()) list.origin = list.items.front().origin;
  values.push_back(std::move(list));
}

}  // namespace minidock::config
