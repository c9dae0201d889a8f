// Writes small ustar archives (POSIX.1-1988 "ustar interchange format"), as docker export does: names without "./".
#pragma once

#include <cstdio>
#include <cstring>
#include <string>

namespace minidock::store {

class TarBuilder {
 public:
  TarBuilder& directory(const std::string& name) { return entry(name + "/", '5', "", "", 0755); }
  TarBuilder& file(const std::string& name, const std::string& content) { return entry(name, '0', content, "", 0644); }
  TarBuilder& symlink(const std::string& name, const std::string& target) { return entry(name, '2', "", target, 0777); }

  // Any entry of at most 99 bytes of name and target; `type` is the header's typeflag.
  TarBuilder& entry(const std::string& name, char type, const std::string& content, const std::string& target, unsigned mode) {
    char header[512] = {};
    std::snprintf(header, 100, "%s", name.c_str());
    std::snprintf(header + 100, 8, "%07o", mode);
    std::snprintf(header + 108, 8, "%07o", 0u);
    std::snprintf(header + 116, 8, "%07o", 0u);
    std::snprintf(header + 124, 12, "%011lo", static_cast<unsigned long>(content.size()));
    std::snprintf(header + 136, 12, "%011lo", 1'700'000'000ul);
    header[156] = type;
    std::snprintf(header + 157, 100, "%s", target.c_str());
    std::memcpy(header + 257, "ustar\00000", 8);
    std::memset(header + 148, ' ', 8);  // the sum is taken with its own field blank
    unsigned sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    std::snprintf(header + 148, 8, "%06o", sum);
    bytes_.append(header, sizeof header);
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }

  std::string finish() const { return bytes_ + std::string(1024, '\0'); }

 private:
  std::string bytes_;
};

}  // namespace minidock::store
