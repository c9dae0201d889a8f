// What a call refused with, for tests that look at the message.
#pragma once

#include <string>

#include "base/error.h"

namespace minidock {

// The message of the Error that `work` throws; "" when it throws none.
template <typename Work>
std::string refusal_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace minidock
