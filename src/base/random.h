// Randomness for identifiers, from the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace minidock {

std::string random_hex(size_t bytes);  // 2 * bytes lower-case hex digits
uint64_t random_number(uint64_t below);

}  // namespace minidock
