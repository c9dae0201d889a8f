#include <unistd.h>

#include <ctime>
#include <map>

#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/view/usage_line.h"

namespace minidock::cli {
namespace {

// A container that is watched, and how the user named it ("" where all are shown).
struct Watched {
  engine::ContainerView view;
  std::string asked;
};
using Readings = std::map<std::string, engine::ContainerUsage>;  // by container ID

void sleep_for(Nanoseconds length) {
  const timespec pause = {length / kSecond, length % kSecond};
  ::nanosleep(&pause, nullptr);
}

// Drawn over what was there before, so that nothing flickers; lines and columns beyond the window are left out.
std::string on_screen(const std::string& text, const WindowSize& window) {
  constexpr const char *kHome = "\x1b[H", *kClearLine = "\x1b[K", *kClearBelow = "\x1b[J";
  std::string out = kHome;
  int row = 0;
  for (const std::string& line : split(trim(text), '\n')) {
    if (window.rows != 0 && row++ >= window.rows - 1) break;
    const bool too_wide = window.columns != 0 && text_width(line) > window.columns && line.size() == text_width(line);
    out += cat(too_wide ? line.substr(0, window.columns) : line, kClearLine, "\r\n");
  }
  return out + kClearBelow;
}

class Stats : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-a,--all", all_);
    options.flag("--no-stream", once_);
    options.flag("--no-trunc", no_truncation_);
    options.text("--format", format_);
  }

  int execute(Context& context, const Options&, const std::vector<std::string>& operands) override {
    engine::Engine& engine = context.engine();
    // Long enough to count in, short enough that nobody waits: no reading from before is to be had.
    constexpr Nanoseconds kFirst = kSecond / 10;
    Readings before = read(engine, watched(engine, operands));
    sleep_for(kFirst);
    if (once_) {
      print(text_of(engine, watched(engine, operands), before));
      return 0;
    }
    const bool terminal = is_terminal(STDOUT_FILENO);
    if (terminal) print("\x1b[2J");
    for (;;) {
      const std::string text = text_of(engine, watched(engine, operands), before);
      print(terminal ? on_screen(text, window_size(STDOUT_FILENO)) : text);
      flush_output();
      sleep_for(kSecond);
    }
  }

 private:
  // Looked up each time: others are started and removed meanwhile. One that was named has to be there at first.
  std::vector<Watched> watched(engine::Engine& engine, const std::vector<std::string>& names) {
    std::vector<Watched> out;
    if (names.empty()) {
      for (engine::ContainerView& view : engine.list()) {
        if (all_ || view.is_up()) out.push_back({std::move(view), ""});
      }
      return out;
    }
    for (const std::string& name : names) {
      try {
        out.push_back({engine.load(name), name});
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found || !was_there_) throw;
      }
    }
    was_there_ = true;
    return out;
  }

  static engine::ContainerUsage usage_of(engine::Engine& engine, const engine::ContainerView& view) {
    try {
      return engine.usage(view);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      return {};  // race: it has just ended
    }
  }

  static Readings read(engine::Engine& engine, const std::vector<Watched>& containers) {
    Readings out;
    for (const Watched& one : containers) out[one.view.row.id] = usage_of(engine, one.view);
    return out;
  }

  // `before` becomes the new readings.
  std::string text_of(engine::Engine& engine, const std::vector<Watched>& containers, Readings& before) const {
    Readings now = read(engine, containers);
    std::vector<format::ListLine> lines;
    for (const Watched& one : containers) {
      const engine::ContainerUsage& usage = now[one.view.row.id];
      const auto earlier = before.find(one.view.row.id);
      lines.push_back(
          usage_line(one.view, one.asked, earlier == before.end() ? usage : earlier->second, usage, !no_truncation_));
    }
    before = std::move(now);
    return format::list_text(format_, usage_list_kind(), lines);
  }

  bool all_ = false, once_ = false, no_truncation_ = false, was_there_ = false;
  std::string format_;
};

}  // namespace

std::unique_ptr<Command> make_stats() {
  return std::make_unique<Stats>();
}

}  // namespace minidock::cli
