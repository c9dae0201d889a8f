// Sizes, CPU counts, limits, devices and addresses as docker's flags spell them. All throw invalid with docker's text.
#pragma once

#include <cstdint>
#include <string>

#include "engine/engine.h"

namespace minidock::cli {

int64_t parse_size(const std::string& text);                 // bytes: "512", "64k", "1.5g"
int64_t parse_swap_size(const std::string& text);            // the same, or -1: unlimited
uint64_t parse_nano_cpus(const std::string& text);           // "1.5" -> 1500000000
engine::UlimitOption parse_ulimit(const std::string& text);  // "nofile=1024:2048"

void check_device(const std::string& text);    // HOST[:CONTAINER[:rwm]]
void check_address(const std::string& text);   // IPv4 or IPv6
void check_add_host(const std::string& text);  // NAME:ADDRESS or NAME=ADDRESS
void check_platform(const std::string& text);  // os/arch[/variant]; throws unsupported for another machine's

}  // namespace minidock::cli
