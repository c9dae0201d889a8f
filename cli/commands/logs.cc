#include <poll.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/log_file.h"
#include "cli/output.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

constexpr int kFollowPause = 50;  // milliseconds: appended lines are looked for this often

class Logs : public Command {
 public:
  void declare(Options& options) override {
    options.flag("-f,--follow", follow_);
    options.flag("-t,--timestamps", timestamps_);
    options.text("-n,--tail", tail_);
    options.text("--since", since_);
    options.text("--until", until_);
    options.flag("--details", details_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 1, 1);
    const Nanoseconds time = now();
    if (!since_.empty()) first_ = parse_moment(since_, time);
    if (!until_.empty()) last_ = parse_moment(until_, time);
    engine::Engine& engine = context.engine();
    const engine::ContainerView container = engine.load(operands[0]);
    if (container.config.log_driver == "none") {
      throw_error(ErrorKind::unsupported, "container ", container.row.name,
                  " keeps no log: it was made with --log-driver none");
    }
    // The file is made by the first byte written: none means nothing was written yet.
    auto file = find_file(AT_FDCWD, engine.log_path(container), O_RDONLY);
    while (!file && follow_ && still_runs(engine, container)) {
      pause();
      file = find_file(AT_FDCWD, engine.log_path(container), O_RDONLY);
    }
    if (!file) return 0;
    LogFile log(std::move(*file));
    if (const auto count = tail_count()) log.skip_to_last(*count);
    show(log);
    while (follow_ && !past_end_) {
      const bool running = still_runs(engine, container);
      show(log);
      if (!running) break;  // order: asked before the last look, so that nothing written before the end is missed
      pause();
    }
    return 0;
  }

 private:
  std::optional<uint64_t> tail_count() const {
    const auto count = parse_int(tail_);
    if (!count || *count < 0) return std::nullopt;  // "all", and whatever docker takes for it
    return static_cast<uint64_t>(*count);
  }

  static bool still_runs(engine::Engine& engine, const engine::ContainerView& container) {
    try {
      return engine.load(container.row.id).is_up();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      return false;  // a --rm container that is gone
    }
  }

  static void pause() { poll(nullptr, 0, kFollowPause); }

  void show(LogFile& log) {
    while (const auto json = log.next()) {
      const auto line = parse_log_line(*json);
      if (line && !show_line(*line)) break;
    }
    flush_output();
  }

  // False when the line lies past --until: so do all that follow.
  bool show_line(const LogLine& line) {
    if (first_ != INT64_MIN || last_ != INT64_MAX) {
      const Nanoseconds time = parse_rfc3339(line.time).value_or(0);
      if (time < first_) return true;
      past_end_ = time > last_;
      if (past_end_) return false;
    }
    const std::string text = timestamps_ ? cat(line.time, " ", line.text) : line.text;
    if (line.is_error) {
      flush_output();  // both on one terminal: in the order they were written
      write_all(STDERR_FILENO, text);
    } else {
      print(text);
    }
    return true;
  }

  bool follow_ = false, timestamps_ = false, details_ = false, past_end_ = false;
  std::string tail_ = "all", since_, until_;
  Nanoseconds first_ = INT64_MIN, last_ = INT64_MAX;
};

}  // namespace

std::unique_ptr<Command> make_logs() {
  return std::make_unique<Logs>();
}

}  // namespace minidock::cli
