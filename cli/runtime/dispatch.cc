#include "cli/runtime/dispatch.h"

#include <unistd.h>

#include <csignal>

#include "cli/context.h"
#include "cli/errors.h"
#include "cli/help.h"
#include "cli/options/scan.h"
#include "cli/output.h"
#include "cli/runtime/settings.h"
#include "cli/runtime/verbs.h"
#include "cli/version.h"
#include "oci/spec.h"
#include "runtime/lifecycle/container.h"

namespace minidock::cli {
namespace {

using RuntimeWords = std::vector<std::string>;

constexpr std::string_view kNoun = "runtime";
constexpr char kRuntimeName[] = "minidock-runtime";

constexpr std::string_view kRuntimeGlobalOptions =
    "Global options, before the command:\n"
    "      --root DIR           Where containers' states are kept (default /run/minidock-runtime)\n"
    "      --log FILE           Where errors and warnings are written, besides standard error\n"
    "      --log-format FORMAT  text (default) or json\n"
    "      --systemd-cgroup     systemd keeps the containers' cgroups; linux.cgroupsPath is SLICE:PREFIX:NAME\n"
    "      --criu PROGRAM       What checkpoint and restore call (default criu)\n"
    "      --rootless VALUE     Taken for callers' sake\n"
    "      --debug              Log each kernel step of a start\n"
    "  -v, --version            Print the version and exit\n"
    "      --help               Print this text and exit\n";

struct RuntimeGlobals {
  std::string log_path;
  bool help = false, version = false;
  RuntimeWords rest;  // the verb and what follows
};

ScanRules runtime_rules() {
  ScanRules rules;
  rules.command = "minidock runtime";
  rules.end_at_first_operand = true;
  rules.long_names = {"--root",     "--log",  "--log-format", "--debug", "--systemd-cgroup",
                      "--rootless", "--criu", "--version",    "--help"};
  rules.find = [](const std::string& name) -> std::optional<Known> {
    for (const char* valued : {"--root", "--log", "--log-format", "--rootless", "--criu"}) {
      if (name == valued) return Known{true};
    }
    for (const char* flag : {"--debug", "--systemd-cgroup", "--version", "-v"}) {
      if (name == flag) return Known{false};
    }
    return std::nullopt;
  };
  return rules;
}

LogFormat parse_log_format(const std::string& text) {
  if (text == "json") return LogFormat::json;
  if (text == "text" || text.empty()) return LogFormat::text;
  throw UsageError("minidock runtime", cat("invalid log-format: ", printable(text)), 1);
}

bool is_on(const std::string& value) {
  return value == "true" || value == "1";
}

RuntimeGlobals parse_runtime_globals(const RuntimeWords& words, RuntimeSettings& settings) {
  Scanned scanned = scan(words, runtime_rules());
  RuntimeGlobals globals;
  globals.help = scanned.help;
  for (auto& [name, value] : scanned.options) {
    if (name == "--root") settings.root = value;
    if (name == "--log") globals.log_path = value;
    if (name == "--log-format") settings.log_format = parse_log_format(value);
    if (name == "--debug") settings.debug = is_on(value);
    if (name == "--systemd-cgroup") settings.systemd_cgroup = is_on(value);
    if (name == "--criu") settings.criu = value;
    if (name == "--version" || name == "-v") globals.version = true;
    // --rootless: what cannot be done without privilege is found out when it is tried.
  }
  globals.rest = std::move(scanned.operands);
  return globals;
}

void print_runtime_help(const RuntimeWords& words) {
  const size_t verb = !words.empty() && words[0] == "help" ? 1 : 0;
  const std::string page = words.size() > verb ? help_text(man_text(cat(kNoun, " ", words[verb]))) : "";
  print(page.empty() ? cat(noun_text(runtime_verbs(), kNoun), "\n", kRuntimeGlobalOptions) : page);
  flush_output();
}

const CommandEntry& find_verb(const RuntimeWords& rest) {
  size_t used = 0;
  const CommandEntry* entry = find_command(runtime_verbs(), {std::string(kNoun), rest[0]}, used);
  if (!entry) throw_unknown_command(runtime_verbs(), {std::string(kNoun), rest[0]});
  return *entry;
}

int run_verb(const CommandEntry& entry, RuntimeSettings& settings, const RuntimeWords& arguments) {
  const auto command = entry.make();
  Options options(cat("minidock ", entry.name));
  command->declare(options);
  const RuntimeWords operands = options.parse(arguments);
  Context context(settings);
  if (options.help_wanted()) {
    print(help_text(man_text(entry.name)));
    flush_output();
    return command->help_status(context);
  }
  const int status = command->execute(context, options, operands);
  flush_output();
  settings.flush_warnings();
  return status;
}

int report_failure(RuntimeSettings& settings, const Error& error, int status) {
  settings.log_error(error.what());
  settings.log_debug(cat("kind ", static_cast<int>(error.kind()), ", errno ", error.error_number()));
  return status;
}

// `minidock` beside this program does the same verb again, from the start: it can load libraries.
[[noreturn]] void continue_in_whole_program(const RuntimeWords& words) {
  std::string path(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0) throw_errno("read the link /proc/self/exe");
  path.resize(static_cast<size_t>(length));
  path = cat(path.substr(0, path.rfind('/')), "/minidock");
  std::vector<char*> arguments = {const_cast<char*>(kRuntimeName)};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(path.c_str(), arguments.data());
  throw_errno("talk to systemd by the program ", path, ", which should stand beside minidock-runtime");
}

int run_words(const RuntimeWords& words, RuntimeSettings& settings, int& failure_status) {
  const RuntimeGlobals globals = parse_runtime_globals(words, settings);
  if (globals.version) {
    print(cat(kRuntimeName, " version ", kVersion, "\nspec: ", oci::Spec().oci_version, "\n"));
    flush_output();
    return 0;
  }
  if (globals.help || globals.rest.empty() || globals.rest[0] == "help") {
    print_runtime_help(globals.rest);
    return 0;
  }
  if (!globals.log_path.empty()) settings.open_log(globals.log_path);
  const CommandEntry& entry = find_verb(globals.rest);
  failure_status = entry.failure_status;
  try {
    return run_verb(entry, settings, RuntimeWords(globals.rest.begin() + 1, globals.rest.end()));
  } catch (const runtime::NeedsLibraries&) {
    continue_in_whole_program(words);
  }
}

}  // namespace

bool is_runtime_name(const char* program) {
  const std::string_view path = program ? program : "";
  return path.substr(path.rfind('/') + 1) == kRuntimeName;
}

int run_runtime(const std::vector<std::string>& words) {
  // kernel: a caller that ignores SIGCHLD would take the statuses of hooks and commands from us.
  signal(SIGCHLD, SIG_DFL);
  RuntimeSettings settings;
  int failure_status = 1;
  try {
    return run_words(words, settings, failure_status);
  } catch (const ExitWith& exit) {
    return exit.status;
  } catch (const UsageError& error) {
    const int status = report_failure(settings, error, error.status().value_or(failure_status));
    print_error(cat("Run '", error.command(), " --help' for more information"));
    return status;
  } catch (const Error& error) {
    return report_failure(settings, error, failure_status);
  } catch (const std::exception& error) {
    return report_failure(settings, Error(ErrorKind::internal, cat("internal error: ", error.what())), failure_status);
  }
}

}  // namespace minidock::cli
