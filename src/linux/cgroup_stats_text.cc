// The pure parts of cgroup_stats.h.
#include <cstdlib>

#include "base/text.h"
#include "linux/cgroup_files.h"
#include "linux/cgroup_stats.h"

namespace minidock::linux {
namespace {

// "8:16"; false for anything else, as v1's "Total 4096".
bool parse_device(std::string_view word, BlockIoCount& out) {
  const size_t colon = word.find(':');
  if (colon == std::string_view::npos) return false;
  const auto major = parse_int(word.substr(0, colon)), minor = parse_int(word.substr(colon + 1));
  if (!major || !minor) return false;
  out.major = *major;
  out.minor = *minor;
  return true;
}

// The number after "KEY=" in `words`.
std::optional<std::string> find_word(const std::vector<std::string>& words, std::string_view key) {
  for (const std::string& word : words)
    if (word.starts_with(key) && word.size() > key.size() && word[key.size()] == '=')
      return word.substr(key.size() + 1);
  return std::nullopt;
}

PressureLine parse_pressure_line(const std::vector<std::string>& words) {
  const auto percent = [&](const char* key) {
    return std::strtod(find_word(words, key).value_or("0").c_str(), nullptr);
  };
  return {percent("avg10"), percent("avg60"), percent("avg300"),
          parse_unsigned(find_word(words, "total").value_or("")).value_or(0)};
}

uint32_t parse_rdma_number(const std::vector<std::string>& words, std::string_view key) {
  return static_cast<uint32_t>(parse_unsigned(find_word(words, key).value_or("")).value_or(UINT32_MAX));
}

}  // namespace

std::vector<BlockIoCount> parse_block_io(std::string_view text) {
  std::vector<BlockIoCount> out;
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    BlockIoCount count;
    // "8:0 Read 4096", or "8:0 4096" in blkio.time and blkio.sectors.
    if ((words.size() != 2 && words.size() != 3) || !parse_device(words[0], count)) continue;
    if (words.size() == 3) count.operation = words[1];
    const auto value = parse_unsigned(words.back());
    if (!value) continue;
    count.value = *value;
    out.push_back(std::move(count));
  }
  return out;
}

void parse_io_stat(std::string_view text, CgroupStats::BlockIo& out) {
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    BlockIoCount count;
    if (!parse_device(words[0], count)) continue;
    const auto add = [&](std::vector<BlockIoCount>& list, const char* key, const char* operation) {
      const auto value = parse_unsigned(find_word(words, key).value_or(""));
      if (value) list.push_back({count.major, count.minor, operation, *value});
    };
    add(out.service_bytes, "rbytes", "Read");
    add(out.service_bytes, "wbytes", "Write");
    add(out.serviced, "rios", "Read");
    add(out.serviced, "wios", "Write");
  }
}

std::optional<Pressure> parse_pressure(std::string_view text) {
  std::optional<Pressure> out;
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    if (words[0] != "some" && words[0] != "full") continue;
    if (!out) out.emplace();
    (words[0] == "some" ? out->some : out->full) = parse_pressure_line(words);
  }
  return out;
}

std::vector<RdmaCount> parse_rdma(std::string_view text) {
  std::vector<RdmaCount> out;
  for (const std::string& line : split(text, '\n')) {
    const std::vector<std::string> words = split(trim(line), ' ');
    if (words.size() < 2) continue;
    out.push_back({words[0], parse_rdma_number(words, "hca_handle"), parse_rdma_number(words, "hca_object")});
  }
  return out;
}

}  // namespace minidock::linux
