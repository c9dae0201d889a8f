#include "config/keys.h"

#include <array>

#include "config/checks.h"
#include "config/fields.h"
#include "config/registries.h"
#include "config/trust.h"

namespace minidock::config {

namespace {

using Kind = Value::Kind;
using Values = std::vector<Value>;

template <auto member, auto check>
void take_text(Settings& settings, const Value& value) {
  const std::string& text = value.as_text();
  check(value);
  settings.*member = {text, value.origin};
}

template <auto member>
void show_text(const Settings& settings, std::string_view name, Values& values) {
  const auto& [text, origin] = settings.*member;
  values.push_back(text_value("", name, origin, text));
}

void take_log_driver(Settings& settings, const Value& value) {
  check_choice(value, {"local", "json-file", "journald", "none"});
  // What was said for another driver is not this one's.
  if (value.text != settings.log_driver.value) settings.log_opts.clear();
  settings.log_driver = {value.text, value.origin};
}

// As --log-opt has them, all of them texts: docker's daemon.json wants them in quotes, and here 3 is as good as "3".
void take_log_opts(Settings& settings, const Value& value) {
  for (const Value& member : value.as_table()) {
    const bool plain = member.kind == Kind::number || member.kind == Kind::flag;
    settings.log_opts[member.key] = {plain ? member.shown() : member.as_text(), member.origin};
  }
}

void show_log_opts(const Settings& settings, std::string_view name, Values& values) {
  for (const auto& [key, setting] : settings.log_opts) {
    values.push_back(text_value(name, key, setting.origin, setting.value));
  }
}

void take_keep_blobs(Settings& settings, const Value& value) {
  settings.keep_blobs = {value.as_flag(), value.origin};
}

void show_keep_blobs(const Settings& settings, std::string_view name, Values& values) {
  values.push_back(flag_value("", name, settings.keep_blobs.origin, settings.keep_blobs.value));
}

void take_insecure_registries(Settings& settings, const Value& value) {
  settings.insecure_registries = {{}, value.origin};
  for (const Value& item : value.as_list()) settings.insecure_registries.value.push_back(registry_host(item));
}

void show_insecure_registries(const Settings& settings, std::string_view name, Values& values) {
  const auto& [hosts, origin] = settings.insecure_registries;
  values.push_back(list_value("", name, origin, hosts));
}

void take_address_pools(Settings& settings, const Value& value) {
  constexpr std::array<Field<AddressPool>, 2> kFields = {{
      {"base", [](AddressPool& pool, const Value& base) { pool.base = base.as_text(); }},
      {"size", [](AddressPool& pool, const Value& size) { pool.size = static_cast<int>(size.as_number()); }},
  }};
  std::vector<AddressPool> pools;
  for (const Value& table : value.as_tables()) {
    AddressPool& pool = pools.emplace_back();
    pool.origin = table.origin;
    take_fields<AddressPool>(table, kFields, pool);
    check_address_pool(table, pool);
  }
  settings.default_address_pools = std::move(pools);
}

void show_address_pools(const Settings& settings, std::string_view name, Values& values) {
  Value list = make_value("", name, {}, Kind::list);
  for (const AddressPool& pool : settings.default_address_pools) {
    Value& table = list.items.emplace_back(make_value("", name, pool.origin, Kind::table));
    table.items = {text_value(name, "base", pool.origin, pool.base),
                   number_value(name, "size", pool.origin, pool.size)};
  }
  if (!list.items.empty()) list.origin = list.items.front().origin;
  values.push_back(std::move(list));
}

constexpr auto kRoot = &Settings::root;
constexpr auto kRunRoot = &Settings::run_root;
constexpr auto kDriver = &Settings::storage_driver;
constexpr auto kCertificates = &Settings::certificates;
constexpr auto kNetwork = &Settings::network;
constexpr auto kBind = &Settings::default_bind;

// In a file they come in this order whatever the file's is: log-driver before what depends on it.
constexpr std::array<Key, 13> kKeys = {{
    {"root", "MINIDOCK_ROOT", "--root", Kind::text, take_text<kRoot, check_path>, show_text<kRoot>},
    {"run-root", "MINIDOCK_RUN_ROOT", "--run-root", Kind::text, take_text<kRunRoot, check_path>, show_text<kRunRoot>},
    {"storage-driver", "MINIDOCK_STORAGE_DRIVER", "--storage-driver", Kind::text,
     take_text<kDriver, check_storage_driver>, show_text<kDriver>},
    {"log-driver", "", "", Kind::text, take_log_driver, show_text<&Settings::log_driver>},
    {"log-opts", "", "", Kind::table, take_log_opts, show_log_opts},
    {"keep-compressed-blobs", "", "", Kind::flag, take_keep_blobs, show_keep_blobs},
    {"insecure-registries", "MINIDOCK_INSECURE_REGISTRIES", "", Kind::list, take_insecure_registries,
     show_insecure_registries},
    {"certificates", "MINIDOCK_CERTIFICATES", "", Kind::text, take_text<kCertificates, check_path>,
     show_text<kCertificates>},
    {"network", "MINIDOCK_NETWORK", "", Kind::text, take_text<kNetwork, check_network>, show_text<kNetwork>},
    {"default-bind", "", "", Kind::text, take_text<kBind, check_address>, show_text<kBind>},
    {"default-address-pools", "", "", Kind::list, take_address_pools, show_address_pools},
    {"registry", "", "", Kind::list, take_registries, show_registries},
    {"trust", "", "", Kind::list, take_trust, show_trust},
}};

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

}  // namespace minidock::config
