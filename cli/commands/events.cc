#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "cli/commands/commands.h"
#include "cli/errors.h"
#include "cli/format/functions.h"
#include "cli/format/list.h"
#include "cli/format/template.h"
#include "cli/output.h"
#include "cli/view/event_line.h"
#include "cli/view/human.h"

namespace minidock::cli {
namespace {

// Until there is more to read or the time has come. False when nobody reads what we write any more.
bool wait_for_more(int fd, Nanoseconds end) {
  constexpr Nanoseconds kMillisecond = 1'000'000;
  int timeout = -1;
  if (end != INT64_MAX) {
    timeout = static_cast<int>(std::clamp<Nanoseconds>((end - now()) / kMillisecond + 1, 0, INT32_MAX));
  }
  pollfd waiting[] = {{fd, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
  if (poll(waiting, 2, timeout) < 0 && errno != EINTR) throw_errno("wait for events");
  return (waiting[1].revents & (POLLERR | POLLHUP)) == 0;
}

class Events : public Command {
 public:
  void declare(Options& options) override {
    options.text("--since", since_);
    options.text("--until", until_);
    options.each_of_engine("-f,--filter",
                           [this](const std::string& text) { filters_.add(text, event_filter_names()); });
    options.text("--format", format_);
  }

  int execute(Context& context, const Options& options, const std::vector<std::string>& operands) override {
    require_operands(options, operands, 0, 0);
    const Nanoseconds time = now();
    if (!since_.empty()) first_ = parse_moment(since_, time);
    if (!until_.empty()) last_ = parse_moment(until_, time);
    parse_format();
    store::EventReader reader = context.engine().open_events();
    const std::vector<oci::Event> past = reader.read();
    if (!since_.empty()) show(past);
    while (!reader.is_gone() && now() <= last_ && wait_for_more(reader.fd(), last_)) show(reader.read());
    return 0;
  }

 private:
  void parse_format() {
    format_ = trim(format_);
    std::string bare = format_;
    std::erase(bare, ' ');
    is_json_ = bare == "json" || bare == "{{json.}}";
    if (format_.empty() || is_json_) return;
    try {
      template_ = format::Template::parse(format::unescape_format(format_));
    } catch (const Error& error) {
      print_error(error_line(error.with_context("Error parsing format: template parsing error")));
      throw ExitWith{64};  // docker's
    }
  }

  std::string text_of(const oci::Event& event) const {
    if (is_json_) return format::to_json_text(event_json(event));
    if (template_) return template_->execute(event_fields(event));
    return event_line(event);
  }

  void show(const std::vector<oci::Event>& events) const {
    for (const oci::Event& event : events) {
      if (event.time < first_ || event.time > last_ || !event_matches(event, filters_)) continue;
      print_line(text_of(event));
    }
    flush_output();
  }

  std::string since_, until_, format_;
  Nanoseconds first_ = INT64_MIN, last_ = INT64_MAX;
  bool is_json_ = false;
  std::optional<format::Template> template_;
  Filters filters_;
};

}  // namespace

std::unique_ptr<Command> make_events() {
  return std::make_unique<Events>();
}

}  // namespace minidock::cli
