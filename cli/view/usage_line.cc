#include "cli/view/usage_line.h"

#include <cstdio>

#include "cli/view/human.h"

namespace minidock::cli {
namespace {

std::string percent_text(double value) {
  char buffer[32];
  snprintf(buffer, sizeof buffer, "%.2f%%", value);
  return buffer;
}

double share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string both(const std::string& first, const std::string& second) {
  return cat(first, " / ", second);
}

}  // namespace

const format::ListKind& usage_list_kind() {
  static const format::ListKind kind = {
      "{{.ID}}\\t{{.Name}}\\t{{.CPUPerc}}\\t{{.MemUsage}}\\t{{.MemPerc}}\\t{{.NetIO}}\\t{{.BlockIO}}\\t{{.PIDs}}",
      {{"Container", "CONTAINER"},
       {"ID", "CONTAINER ID"},
       {"Name", "NAME"},
       {"CPUPerc", "CPU %"},
       {"MemUsage", "MEM USAGE / LIMIT"},
       {"MemPerc", "MEM %"},
       {"NetIO", "NET I/O"},
       {"BlockIO", "BLOCK I/O"},
       {"PIDs", "PIDS"}}};
  return kind;
}

format::ListLine usage_line(const engine::ContainerView& container, const std::string& asked,
                            const engine::ContainerUsage& before, const engine::ContainerUsage& now, bool truncate) {
  const std::string id = truncate ? short_id(container.row.id) : container.row.id;
  format::ListLine line;
  line.fields = Json{{"BlockIO", both(short_size(now.read_bytes), short_size(now.written_bytes))},
                     {"CPUPerc", percent_text(engine::cpu_percent(before, now))},
                     {"Container", asked.empty() ? id : asked},
                     {"ID", id},
                     {"MemPerc", percent_text(share(now.memory, now.memory_limit))},
                     {"MemUsage", both(human_bytes(now.memory), human_bytes(now.memory_limit))},
                     {"Name", container.row.name},
                     {"NetIO", both(short_size(now.received), short_size(now.sent))},
                     {"PIDs", cat(now.processes)}};
  return line;
}

}  // namespace minidock::cli
