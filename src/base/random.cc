#include "base/random.h"

#include <sys/random.h>

#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace minidock {

std::string random_hex(size_t bytes) {
  std::vector<uint8_t> data(bytes);
  // Up to 256 bytes getrandom() is neither short nor interrupted once the pool is seeded (getrandom(2)).
  if (getrandom(data.data(), data.size(), 0) != static_cast<ssize_t>(bytes)) throw_errno("getrandom");
  return to_hex(data.data(), data.size());
}

uint64_t random_number(uint64_t below) {
  uint64_t value = 0;
  if (getrandom(&value, sizeof value, 0) != sizeof value) throw_errno("getrandom");
  return value % below;
}

}  // namespace minidock
