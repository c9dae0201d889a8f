// The verbs: tables of what there is, and what each is made of. Only the chosen one is made.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options/options.h"

namespace minidock::cli {

class Context;  // cli/context.h

// One verb. Options point into it, so it outlives the parse and is not copied.
class Command {
 public:
  Command() = default;
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  virtual void declare(Options&) {}
  // Returns the exit status; throws Error.
  virtual int execute(Context& context, const Options& options, const std::vector<std::string>& operands) = 0;
  // The exit status of --help: `runtime checkpoint --help` tells its callers whether it would work.
  virtual int help_status(Context&) { return 0; }
};

struct CommandEntry {
  std::string_view name;     // "ps", "system check": names its man text too
  std::string_view aliases;  // "container ls,container list"
  std::string_view summary;  // for the list of commands; "" hides it
  std::unique_ptr<Command> (*make)();
  int failure_status = 1;     // of an Error without a status of its own
  bool start_status = false;  // a command that cannot be started gives its own (126, 127): so where it is 125 too
};

using CommandTable = std::vector<CommandEntry>;

// All of `minidock`. minidock-runtime has runtime_verbs() alone (cli/runtime/verbs.h).
const CommandTable& command_table();

// The entry that the first one or two words name, or null. `words_used` becomes 1 or 2.
const CommandEntry* find_command(const CommandTable& table, const std::vector<std::string>& words, size_t& words_used);

// "container", "image": a first word that needs a second.
bool is_noun(std::string_view word);

// Throws UsageError for words that name nothing: near names, or "not supported yet" for docker's other verbs.
[[noreturn]] void throw_unknown_command(const CommandTable& table, const std::vector<std::string>& words);

}  // namespace minidock::cli
