#include <poll.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

constexpr int kLastLooks = 6;
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
    if (!since_.empty()) first_ = moment("since", since_, time);
    if (!until_.empty()) last_ = moment("until", until_, time);
    engine::Engine& engine = context.engine();
    const engine::ContainerView container = engine.load(operands[0]);
    monitor::LogReader log = engine.open_log(container);
    if (details_) prefix_ = engine.log_details(container) + " ";
    if (const auto count = tail_count()) log.skip_to_last(*count);
    show(log);
    while (follow_ && !past_end_) {
      const bool running = still_runs(engine, container);
      show(log);
      // order: asked before the last look, so that nothing written before the end is missed
      if (!running) {
        for (int look = 0; log.comes_late() && look < kLastLooks; ++look) pause(), show(log);
        break;
      }
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

  static Nanoseconds moment(std::string_view which, const std::string& text, Nanoseconds time) {
    try {
      return parse_moment(text, time);
    } catch (const Error& error) {
      throw error.with_context(cat("invalid value for \"", which, "\""));
    }
  }

  static void pause() { poll(nullptr, 0, kFollowPause); }

  void show(monitor::LogReader& log) {
    while (const auto line = log.next()) {
      if (!show_line(*line)) break;
    }
    flush_output();
  }

  // False when the line lies past --until: so do all that follow.
  bool show_line(const monitor::LogLine& line) {
    if (line.time < first_) return true;
    past_end_ = line.time > last_;
    if (past_end_) return false;
    bool& goes_on = line.is_error ? error_goes_on_ : output_goes_on_;
    std::string text;
    if (timestamps_ && !goes_on) text = rfc3339_fixed(line.time) + " ";
    if (!goes_on) text += prefix_;
    text += line.text;
    goes_on = !line.text.ends_with('\n');
    if (line.is_error) {
      flush_output();  // both on one terminal: in the order they were written
      write_all(STDERR_FILENO, text);
    } else {
      print(text);
    }
    return true;
  }

  bool follow_ = false, timestamps_ = false, details_ = false, past_end_ = false;
  bool output_goes_on_ = false, error_goes_on_ = false;  // the line before had no end
  std::string tail_ = "all", since_, until_;
  std::string prefix_;  // of --details
  Nanoseconds first_ = INT64_MIN, last_ = INT64_MAX;
};

}  // namespace

std::unique_ptr<Command> make_logs() {
  return std::make_unique<Logs>();
}

}  // namespace minidock::cli
