#include "engine/why.h"

#include <csignal>
#include <cstring>

#include "base/signals.h"
#include "base/text.h"
#include "engine/command_facts.h"
#include "engine/launching.h"
#include "engine/waiting.h"

namespace minidock::engine {

namespace {

using Lines = std::vector<std::string>;
constexpr int kSignalBase = 128;
constexpr int kLastSignal = 64;

std::string ago(const ContainerView& view, Nanoseconds now) {
  return view.finished == 0 ? "" : cat(" ", human_duration(now - view.finished), " ago");
}

// Who sends it, as a rule, and what to do about that.
std::string cause_of(int signal) {
  switch (signal) {
    case SIGKILL:
      return "sent by kill, by stop after its time-out, or by the host; the memory limit was not the cause";
    case SIGTERM:
      return "the stop signal: sent by stop, or by a process that shuts the container down";
    case SIGINT:
      return "Ctrl-C, or kill -s INT";
    case SIGHUP:
      return "its terminal was closed, or kill -s HUP";
    case SIGQUIT:
      return "Ctrl-\\, or kill -s QUIT";
    case SIGPIPE:
      return "it wrote to a pipe or socket that nobody reads any more";
    case SIGSEGV:
    case SIGBUS:
      return "a fault of the program: it used memory that is not its own; look for a core dump or run it in a debugger";
    case SIGILL:
      return "an instruction that this processor lacks: take an image built for an older one";
    case SIGFPE:
      return "a fault of the program in arithmetic, such as a division by zero";
    case SIGABRT:
      return "the program gave up by itself (abort): its last words are in the logs";
    case SIGSYS:
      return "a system call that its seccomp filter kills for; see --security-opt seccomp=";
    case SIGXCPU:
      return "its limit of CPU time (--ulimit cpu)";
    case SIGXFSZ:
      return "its limit of file size (--ulimit fsize)";
    default:
      return "sent by kill, or by another process";
  }
}

std::string memory_line(const monitor::ExitRecord& record) {
  const std::string peak = human_bytes(record.memory_peak);
  if (record.memory_limit == 0)
    return cat("the host ran out of memory (the container's peak was ", peak,
               "); give the host more, or the container a limit with -m");
  return cat("its memory limit was reached: limit ", human_bytes(record.memory_limit), ", peak ", peak,
             "; raise it with update -m ", human_bytes(2 * record.memory_limit), " --memory-swap -1");
}

std::string last_words(const Health& health) {
  if (health.log.empty()) return "";
  const ProbeResult& last = health.log.back();
  const std::string line(trim(last.output.substr(0, last.output.find('\n'))));
  return cat("; the last check ended with status ", last.exit_code, line.empty() ? "" : ": ", printable(line));
}

// Of one that runs; nothing while all is well.
void add_health(const ContainerView& view, Lines& out) {
  if (!view.health() || view.health()->failing_streak == 0) return;
  out.push_back(cat("it is ", health_name(view.health()->status), ": its health check has failed ",
                    view.health()->failing_streak, view.health()->failing_streak == 1 ? " time" : " times in a row",
                    last_words(*view.health())));
}

// Of one that its health check has ended.
void add_health_action(const ContainerView& view, Lines& out) {
  if (!view.health() || view.health()->action.empty()) return;
  out.push_back(cat("its health check had failed ", view.health()->failing_streak,
                    " times in a row, for which --health-on-failure ", view.health()->action, " ended it",
                    last_words(*view.health())));
}

void add_exit(const ContainerView& view, const EndFacts& facts, Nanoseconds now, Lines& out) {
  const std::string& name = view.row.name;
  const int code = view.exit_code;
  const bool by_signal = code > kSignalBase && code <= kSignalBase + kLastSignal;
  if (view.error.empty() && by_signal) {
    const int signal = code - kSignalBase;
    out.push_back(cat(name, " was ended by ", signal_name(signal), " (status ", code, ")", ago(view, now)));
    out.push_back(view.oom_killed && signal == SIGKILL ? memory_line(facts.record) : cause_of(signal));
    if (!view.oom_killed) out.push_back("or its command exited with that status by itself, as shells do for a child");
    return;
  }
  out.push_back(cat(name, " exited with status ", code, ago(view, now)));
  if (!view.error.empty()) {
    out.push_back(view.error);
  } else if (code == 0) {
    out.push_back("its command came to its end, with success");
  } else if (code == 126 || code == 127) {
    out.push_back(cat("a shell's status for a program that ", code == 126 ? "cannot be executed" : "was not found",
                      ": see minidock logs ", name));
  } else {
    out.push_back(cat("its command ended by itself; what the status means is the command's: see minidock logs ", name));
  }
  if (view.oom_killed) out.push_back(cat("one of its processes was killed: ", memory_line(facts.record)));
}

}  // namespace

std::vector<std::string> explain_state(const ContainerView& view, const EndFacts& facts, Nanoseconds now) {
  const std::string& name = view.row.name;
  Lines out;
  switch (view.state) {
    case ContainerState::running:
      out.push_back(cat(name, " is running, since ", human_duration(now - view.started)));
      add_health(view, out);
      break;
    case ContainerState::paused:
      out.push_back(cat(name, " is paused; let it go on with minidock unpause ", name));
      break;
    case ContainerState::created:
      if (view.error.empty()) {
        out.push_back(cat(name, " was never started; start it with minidock start ", name));
      } else {
        out.push_back(cat(name, " could not be started (status ", view.exit_code, "): ", view.error));
      }
      break;
    case ContainerState::restarting:  // how it ended is why it is started again
    case ContainerState::exited:
    case ContainerState::dead:
      add_exit(view, facts, now, out);
      add_health_action(view, out);
      break;
  }
  if (!facts.diagnosis.empty()) out.push_back(facts.diagnosis);
  return out;
}

std::vector<std::string> Engine::why(std::string_view name_or_id) {
  const ContainerView view = load(name_or_id);
  EndFacts facts;
  if (auto record = monitor::find_exit_record(exit_record_path(store_, view.row))) facts.record = *record;
  const bool refused = !view.error.empty() && (view.exit_code == 126 || view.exit_code == 127);
  if (!view.is_up() && refused) facts.diagnosis = diagnose_command(store_, view.row, view.config());
  return explain_state(view, facts, now());
}

}  // namespace minidock::engine
