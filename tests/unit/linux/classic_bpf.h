// An interpreter for the classic BPF that seccomp filters are: what would the kernel answer?
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace minidock::linux {

class ClassicBpf {
 public:
  explicit ClassicBpf(const std::string& bytes) : code_(bytes.size() / sizeof(sock_filter)) {
    if (bytes.size() % sizeof(sock_filter) != 0) throw std::runtime_error("not whole instructions");
    std::memcpy(code_.data(), bytes.data(), bytes.size());
  }

  size_t size() const { return code_.size(); }

  // Throws for what the kernel's checker refuses: a jump out of the program or an instruction that filters lack.
  uint32_t run(const seccomp_data& data) const {
    uint32_t accumulator = 0;
    for (size_t at = 0;; ++at) {
      const sock_filter& one = code_.at(at);
      switch (one.code) {
        case BPF_LD | BPF_W | BPF_ABS:
          accumulator = load(data, one.k);
          break;
        case BPF_ALU | BPF_AND | BPF_K:
          accumulator &= one.k;
          break;
        case BPF_JMP | BPF_JA:
          at += one.k;
          break;
        case BPF_JMP | BPF_JEQ | BPF_K:
          at += accumulator == one.k ? one.jt : one.jf;
          break;
        case BPF_JMP | BPF_JGT | BPF_K:
          at += accumulator > one.k ? one.jt : one.jf;
          break;
        case BPF_JMP | BPF_JGE | BPF_K:
          at += accumulator >= one.k ? one.jt : one.jf;
          break;
        case BPF_RET | BPF_K:
          return one.k;
        default:
          throw std::runtime_error("unknown instruction");
      }
    }
  }

  uint32_t answer(uint32_t architecture, int number, std::vector<uint64_t> arguments = {}) const {
    seccomp_data data = {};
    data.arch = architecture;
    data.nr = number;
    for (size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
    return run(data);
  }

 private:
  static uint32_t load(const seccomp_data& data, uint32_t offset) {
    if (offset % 4 != 0 || offset >= sizeof data) throw std::runtime_error("load out of range");
    uint32_t word;
    std::memcpy(&word, reinterpret_cast<const char*>(&data) + offset, sizeof word);
    return word;
  }

  std::vector<sock_filter> code_;
};

}  // namespace minidock::linux
