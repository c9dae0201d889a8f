#include "cli/options/limits.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/options/quantities.h"

namespace minidock::cli {
namespace {

int64_t number(const std::string& text) {
  const auto value = parse_int(text);
  if (!value) throw_error(ErrorKind::invalid, "strconv.ParseInt: parsing \"", printable(text), "\": invalid syntax");
  return *value;
}

uint64_t count(const std::string& text) {
  const int64_t value = number(text);
  if (value < 0) throw_error(ErrorKind::invalid, "it is below 0");
  return static_cast<uint64_t>(value);
}

uint16_t block_weight(const std::string& text) {
  const int64_t value = number(text);
  const bool in_range = value == 0 || (value >= 10 && value <= 1000);
  if (!in_range) throw_error(ErrorKind::invalid, "range of blkio weight is from 10 to 1000");
  return static_cast<uint16_t>(value);
}

}  // namespace

void declare_limits(Options& options, engine::ContainerUpdate& change, bool& given) {
  const auto set = [&](const char* names, auto apply) {
    options.each(names, [&change, &given, apply](const std::string& text) {
      apply(change, text);
      given = true;
    });
  };
  using Change = engine::ContainerUpdate;
  using Text = const std::string&;
  set("-m,--memory", [](Change& out, Text text) { out.resources.memory_limit = parse_size(text); });
  set("--memory-swap", [](Change& out, Text text) { out.resources.memory_swap = parse_swap_size(text); });
  set("--memory-reservation", [](Change& out, Text text) { out.resources.memory_reservation = parse_size(text); });
  set("--cpus", [](Change& out, Text text) { out.nano_cpus = parse_nano_cpus(text); });
  set("-c,--cpu-shares", [](Change& out, Text text) { out.resources.cpu_shares = count(text); });
  set("--cpu-period", [](Change& out, Text text) { out.resources.cpu_period = count(text); });
  set("--cpu-quota", [](Change& out, Text text) { out.resources.cpu_quota = number(text); });
  set("--cpuset-cpus", [](Change& out, Text text) { out.resources.cpuset_cpus = text; });
  set("--cpuset-mems", [](Change& out, Text text) { out.resources.cpuset_mems = text; });
  set("--pids-limit", [](Change& out, Text text) { out.resources.pids_limit = number(text); });
  set("--blkio-weight", [](Change& out, Text text) { out.resources.blkio_weight = block_weight(text); });
  options.refuse("--cpu-rt-period", true, "real-time scheduling is not built yet");
  options.refuse("--cpu-rt-runtime", true, "real-time scheduling is not built yet");
}

}  // namespace minidock::cli
