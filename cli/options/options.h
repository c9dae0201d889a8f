// The options of one verb: what it accepts, read by docker's rules.
//
// CLI11 hands out the values; scan() (scan.h) goes over the words first, because docker's rules for unknown flags,
// missing values and "options end at IMAGE" are not CLI11's. Only cli11.cc includes CLI11, and only options that are
// on the command line are registered with it: sixty verbs with all of theirs would cost 5 ms a start.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/options/given.h"

namespace minidock::cli {

class Options {
 public:
  // `command` is how messages name the verb: "minidock run".
  explicit Options(std::string command, ApplyGiven apply_given = apply_in_order);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // Names are written as "-m,--memory". Targets are borrowed and filled in by parse(); for all but list() and
  // each() the last value given wins. A value that does not fit is reported as docker does:
  //   invalid argument "x" for "-m, --memory" flag: invalid suffix: 'x'
  void flag(const std::string& names, bool& target);  // also --name=false
  void text(const std::string& names, std::string& target);
  void text(const std::string& names, std::optional<std::string>& target);
  void number(const std::string& names, std::optional<int64_t>& target);
  void list(const std::string& names, std::vector<std::string>& target);
  // Called once a value, in order; an Error it throws becomes the report's last part.
  void each(const std::string& names, std::function<void(const std::string&)> apply);
  // The same for what docker's engine and not its client checks: the exit status is then the verb's own, not 125.
  void each_of_engine(const std::string& names, std::function<void(const std::string&)> apply);
  // A flag of docker's that this version does not have: said in one line, never ignored.
  void refuse(const std::string& names, bool takes_value, const std::string& why);

  // The first operand ends the options: what follows belongs to the container's command.
  void end_at_first_operand();

  // Returns the operands; throws UsageError. --help sets help_wanted() and stops there.
  std::vector<std::string> parse(const std::vector<std::string>& arguments);
  bool help_wanted() const;
  bool given(const std::string& name) const;  // "--network": it was on the command line

  // Every flag accepted, as "-m" and "--memory"; refused ones are left out. For the test of the man texts.
  std::vector<std::string> names() const;
  // The same with what completion needs: one entry an option.
  struct Accepted {
    std::vector<std::string> spellings;  // "-m", "--memory": the long one last
    bool takes_value;
  };
  std::vector<Accepted> accepted() const;
  bool ends_at_first_operand() const;
  const std::string& command() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Throws UsageError, exit status 1, unless `operands` are at least `least` and at most `most` (0: any number).
void require_operands(const Options& options, const std::vector<std::string>& operands, size_t least, size_t most);

}  // namespace minidock::cli
