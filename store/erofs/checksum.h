// CRC32C (Castagnoli), as the kernel has it: no inversion at either end, so that sums can be continued.
// Source: RFC 3720 appendix B.4, its polynomial reflected.
#pragma once

#include <cstdint>
#include <string_view>

namespace minidock::store::erofs {

constexpr uint32_t kChecksumSeed = UINT32_MAX;

uint32_t crc32c(uint32_t seed, std::string_view bytes);

}  // namespace minidock::store::erofs
