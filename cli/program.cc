#include "cli/program.h"

#include <algorithm>

#include "cli/command.h"
#include "cli/context.h"
#include "cli/descriptors.h"
#include "cli/errors.h"
#include "cli/help.h"
#include "cli/options/scan.h"
#include "cli/output.h"
#include "cli/runtime/dispatch.h"
#include "cli/version.h"

namespace minidock::cli {
namespace {

using Words = std::vector<std::string>;

constexpr int kUsageStatus = 125;  // docker's for a flag that is wrong, of every verb

struct GlobalParse {
  GlobalOptions options;
  bool help = false, version = false;
};

constexpr std::string_view kSettings[] = {"--root", "--run-root", "--storage-driver"};

bool is_setting(std::string_view name) {
  return std::find(std::begin(kSettings), std::end(kSettings), name) != std::end(kSettings);
}

// The global options up to the verb; `words` loses them. Few names need no registry, and every start pays for one.
GlobalParse parse_globals(Words& words) {
  ScanRules rules;
  rules.command = "minidock";
  rules.end_at_first_operand = true;
  rules.long_names = {"--root",    "--run-root", "--storage-driver", "--config-file",
                      "--explain", "--debug",    "--version",        "--help"};
  rules.find = [](const std::string& name) -> std::optional<Known> {
    if (is_setting(name) || name == "--config-file") return Known{true};
    const bool is_flag =
        name == "--explain" || name == "--debug" || name == "-D" || name == "--version" || name == "-v";
    return is_flag ? std::optional(Known{false}) : std::nullopt;
  };
  Scanned scanned = scan(words, rules);
  GlobalParse parsed;
  parsed.help = scanned.help;
  for (auto& [name, value] : scanned.options) {
    if (is_setting(name) && !value.empty()) parsed.options.settings[name] = value;
    if (name == "--config-file") parsed.options.config_file = value;
    if (name == "--explain") parsed.options.explain = true;
    if (name == "--debug" || name == "-D") parsed.options.debug = true;
    if (name == "--version" || name == "-v") parsed.version = true;
  }
  words = std::move(scanned.operands);
  return parsed;
}

int report(const UsageError& error, int status) {
  print_error(error_line(error));
  print_error(cat("Run '", error.command(), " --help' for more information"));
  return error.status().value_or(status);
}

int report(const Error& error, int status, bool debug) {
  print_error(error_line(error));
  if (debug)
    print_error(cat("minidock: debug: kind ", static_cast<int>(error.kind()), ", errno ", error.error_number()));
  return status;
}

int run_command(const CommandEntry& entry, Context& context, const Words& arguments, bool debug) {
  try {
    const auto command = entry.make();
    Options options(cat("minidock ", entry.name), apply_by_cli11);
    command->declare(options);
    const Words operands = options.parse(arguments);
    if (options.help_wanted()) {
      print(help_text(man_text(entry.name)));
      flush_output();
      return 0;
    }
    const int status = command->execute(context, options, operands);
    flush_output();
    return status;
  } catch (const ExitWith& exit) {
    return exit.status;
  } catch (const UsageError& error) {
    return report(error, kUsageStatus);
  } catch (const monitor::StartFailure& error) {
    report(error, error.exit_code(), debug);
    // The verbs that start nothing in the foreground have one failure status, as docker's.
    return entry.failure_status == 125 || entry.start_status ? error.exit_code() : entry.failure_status;
  } catch (const Error& error) {
    return report(error, entry.failure_status, debug);
  } catch (const std::exception& error) {
    return report(Error(ErrorKind::internal, cat("internal error: ", error.what())), entry.failure_status, debug);
  }
}

int dispatch(Words words) {
  const GlobalParse globals = parse_globals(words);
  if (globals.version) {
    print_line(cat("minidock version ", kVersion));
    return 0;
  }
  if (globals.help || words.empty()) {
    print(overview_text(command_table()));
    return 0;
  }
  if (is_noun(words[0]) && words[0] != "runtime" && (words.size() == 1 || words[1] == "--help")) {
    print(noun_text(command_table(), words[0]));
    return 0;
  }
  if (words[0] == "runtime") return run_runtime(Words(words.begin() + 1, words.end()));
  size_t used = 0;
  const CommandEntry* entry = find_command(command_table(), words, used);
  if (!entry) throw_unknown_command(command_table(), words);
  Context context(globals.options);
  return run_command(*entry, context, Words(words.begin() + static_cast<ptrdiff_t>(used), words.end()),
                     globals.options.debug);
}

}  // namespace

int run_program(int argc, char** argv) {
  ensure_standard_descriptors();
  if (argc > 0 && is_runtime_name(argv[0])) return run_runtime(Words(argv + 1, argv + argc));
  try {
    const int status = dispatch(Words(argv + 1, argv + argc));
    flush_output();
    return status;
  } catch (const UsageError& error) {
    return report(error, kUsageStatus);
  } catch (const Error& error) {
    return report(error, 1, false);
  }
}

}  // namespace minidock::cli
