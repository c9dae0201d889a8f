#include "support/tar_builder.h"

#include <cstdio>
#include <cstring>

namespace minidock::store {

namespace {

struct Field {
  size_t offset, width;
};
// A function, because tests make archives before main() too.
const Field& field_at(const std::string& name) {
  static const std::map<std::string, Field> kFields = {
      {"name", {0, 100}},     {"mode", {100, 8}},     {"uid", {108, 8}},      {"gid", {116, 8}},    {"size", {124, 12}},
      {"mtime", {136, 12}},   {"chksum", {148, 8}},   {"type", {156, 1}},     {"link", {157, 100}}, {"magic", {257, 8}},
      {"devmajor", {329, 8}}, {"devminor", {337, 8}}, {"prefix", {345, 155}}, {"rest", {345, 167}}};
  return kFields.at(name);
}

void put(std::string& header, const std::string& field, std::string_view text) {
  const auto [offset, width] = field_at(field);
  text = text.substr(0, width);
  std::memcpy(header.data() + offset, text.data(), text.size());
}

std::string number(uint64_t value, size_t width) {
  char octal[32];
  std::snprintf(octal, sizeof octal, "%0*llo", static_cast<int>(width - 1), static_cast<unsigned long long>(value));
  return std::strlen(octal) < width ? octal : base256(value, width);
}

void put_number(std::string& header, const std::string& field, uint64_t value) {
  put(header, field, number(value, field_at(field).width));
}

std::string padding(size_t size) {
  return std::string((512 - size % 512) % 512, '\0');
}

}  // namespace

std::string base256(uint64_t value, size_t width) {
  std::string text(width, '\0');
  for (size_t i = width; i-- > 1; value >>= 8) text[i] = static_cast<char>(value & 0xff);
  text[0] = '\x80';
  return text;
}

std::string tar_header(const TarEntry& entry) {
  std::string header(512, '\0');
  put(header, "name", entry.name);
  put_number(header, "mode", entry.mode);
  put_number(header, "uid", entry.uid);
  put_number(header, "gid", entry.gid);
  put_number(header, "size", entry.size.value_or(entry.data.size()));
  put_number(header, "mtime", entry.mtime);
  put(header, "type", std::string(1, entry.type));
  put(header, "link", entry.link);
  put(header, "magic", entry.magic);
  if (entry.type == '3' || entry.type == '4') {
    put_number(header, "devmajor", entry.major);
    put_number(header, "devminor", entry.minor);
  }
  for (const auto& [field, text] : entry.fields) put(header, field, text);
  if (entry.fields.count("chksum") == 0) {
    put(header, "chksum", "        ");
    unsigned sum = 0;
    for (const char letter : header) sum += static_cast<unsigned char>(letter);
    char digits[16];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    put(header, "chksum", std::string(digits) + std::string("\0 ", 2));
  }
  return header;
}

TarBuilder& TarBuilder::add(const TarEntry& entry) {
  bytes_ += tar_header(entry);
  bytes_ += entry.data + padding(entry.data.size());
  return *this;
}

TarBuilder& TarBuilder::file(const std::string& name, const std::string& data, uint64_t mode) {
  return add({.name = name, .data = data, .mode = mode});
}

TarBuilder& TarBuilder::directory(const std::string& name, uint64_t mode) {
  return add({.name = name, .type = '5', .mode = mode});
}

TarBuilder& TarBuilder::symlink(const std::string& name, const std::string& target) {
  if (target.size() > 100) pax(pax_record("linkpath", target));
  return add({.name = name, .type = '2', .link = target, .mode = 0777});
}

TarBuilder& TarBuilder::hardlink(const std::string& name, const std::string& target) {
  return add({.name = name, .type = '1', .link = target});
}

TarBuilder& TarBuilder::node(const std::string& name, char type, uint64_t major, uint64_t minor) {
  return add({.name = name, .type = type, .major = major, .minor = minor});
}

TarBuilder& TarBuilder::pax(const std::string& records, char type) {
  return add({.name = "PaxHeaders/x", .type = type, .data = records});
}

TarBuilder& TarBuilder::gnu_long(const std::string& text, char type) {
  return add({.name = "././@LongLink", .type = type, .data = text + '\0', .magic = std::string("ustar  \0", 8)});
}

TarBuilder& TarBuilder::raw(std::string_view bytes) {
  bytes_ += bytes;
  return *this;
}

std::string TarBuilder::finish() const {
  return bytes_ + std::string(1024, '\0');
}

std::string pax_record(const std::string& key, const std::string& value) {
  const size_t rest = key.size() + value.size() + 3;  // space, "=", newline
  size_t length = rest;
  while (std::to_string(length).size() + rest != length) ++length;
  return std::to_string(length) + " " + key + "=" + value + "\n";
}

}  // namespace minidock::store
