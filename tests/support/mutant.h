// An archive that went wrong by chance: one to three changes, each a flipped bit, a byte of another value, a cut at a
// block or anywhere, a block copied over another, two blocks exchanged, blocks left out or there twice.
#pragma once

#include <random>
#include <string>

namespace minidock::store {

inline std::string mutant(std::string bytes, std::mt19937_64& random) {
  constexpr size_t kBlock = 512;
  const auto pick = [&random](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  for (size_t count = 1 + pick(3); count > 0 && bytes.size() > 2 * kBlock; --count) {
    const size_t blocks = bytes.size() / kBlock;
    const size_t one = pick(blocks) * kBlock, other = pick(blocks) * kBlock;
    const std::string block = bytes.substr(one, kBlock);
    switch (pick(9)) {
      case 0:
      case 1:
        bytes[pick(bytes.size())] ^= static_cast<char>(1 << pick(8));
        break;
      case 2:
        bytes[one + pick(kBlock)] = static_cast<char>(pick(256));
        break;
      case 3:
        bytes.resize(one);
        break;
      case 4:
        bytes.resize(pick(bytes.size()));
        break;
      case 5:
        bytes.replace(other, kBlock, block);
        break;
      case 6:
        bytes.replace(one, kBlock, bytes.substr(other, kBlock));
        bytes.replace(other, kBlock, block);
        break;
      case 7:
        bytes.insert(other, block);
        break;
      default:
        bytes.erase(one, kBlock * (1 + pick(3)));
    }
  }
  return bytes;
}

}  // namespace minidock::store
