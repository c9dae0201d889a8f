#include "cli/options/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/errors.h"
#include "cli/options/scan.h"

namespace minidock::cli {
namespace {

// strconv.ParseBool, which docker's flags use.
bool parse_bool(const std::string& text) {
  for (const char* word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (text == word) return true;
  }
  for (const char* word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (text == word) return false;
  }
  throw_error(ErrorKind::invalid, "strconv.ParseBool: parsing \"", printable(text), "\": invalid syntax");
}

int64_t parse_number(const std::string& text) {
  if (const auto value = parse_int(text)) return *value;
  throw_error(ErrorKind::invalid, "strconv.ParseInt: parsing \"", printable(text), "\": invalid syntax");
}

struct Entry {
  CLI::Option* option;
  std::string names;          // "-m, --memory", as messages show it
  bool takes_value;
  bool refused;
};

}  // namespace

struct Options::State {
  explicit State(std::string words) : command(std::move(words)) { app.set_help_flag(); }

  void add(const std::string& names, bool takes_value, std::function<void(const std::string&)> apply, bool refused);
  const Entry* find(const std::string& name) const;
  ScanRules rules() const;

  CLI::App app;
  std::string command;
  std::vector<Entry> entries;
  bool end_at_first_operand = false;
  bool help = false;
};

void Options::State::add(const std::string& names, bool takes_value, std::function<void(const std::string&)> apply,
                         bool refused) {
  std::string shown = names;
  if (const size_t comma = shown.find(','); comma != std::string::npos) shown.insert(comma + 1, " ");
  auto callback = [this, shown, apply = std::move(apply), index = entries.size()](const CLI::results_t&) {
    // The option's own results: CLI11 gives a value of "{}" a meaning of its own on the way to callbacks.
    for (const std::string& value : entries[index].option->results()) {
      try {
        apply(value);
      } catch (const UsageError&) {
        throw;
      } catch (const Error& error) {
        const std::string where = cat("invalid argument \"", printable(value), "\" for \"", shown, "\" flag");
        throw UsageError(command, error.with_context(where).what());
      }
    }
    return true;
  };
  CLI::Option* option = app.add_option(names, std::move(callback));
  option->expected(-1)->allow_extra_args(false);
  entries.push_back({option, shown, takes_value, refused});
}

const Entry* Options::State::find(const std::string& name) const {
  const CLI::Option* option = app.get_option_no_throw(name);
  if (!option) return nullptr;
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.option == option; });
  return entry == entries.end() ? nullptr : &*entry;
}

ScanRules Options::State::rules() const {
  ScanRules rules;
  rules.command = command;
  rules.end_at_first_operand = end_at_first_operand;
  rules.find = [this](const std::string& name) -> std::optional<Known> {
    const Entry* entry = find(name);
    return entry ? std::optional(Known{entry->takes_value}) : std::nullopt;
  };
  for (const Entry& entry : entries) {
    for (const std::string& name : entry.option->get_lnames()) {
      if (!entry.refused) rules.long_names.push_back(cat("--", name));
    }
  }
  return rules;
}

Options::Options(std::string command) : state_(std::make_unique<State>(std::move(command))) {}
Options::~Options() = default;

void Options::flag(const std::string& names, bool& target) {
  state_->add(names, false, [&target](const std::string& value) { target = parse_bool(value); }, false);
}

void Options::text(const std::string& names, std::string& target) {
  state_->add(names, true, [&target](const std::string& value) { target = value; }, false);
}

void Options::text(const std::string& names, std::optional<std::string>& target) {
  state_->add(names, true, [&target](const std::string& value) { target = value; }, false);
}

void Options::number(const std::string& names, std::optional<int64_t>& target) {
  state_->add(names, true, [&target](const std::string& value) { target = parse_number(value); }, false);
}

void Options::list(const std::string& names, std::vector<std::string>& target) {
  state_->add(names, true, [&target](const std::string& value) { target.push_back(value); }, false);
}

void Options::each(const std::string& names, std::function<void(const std::string&)> apply) {
  state_->add(names, true, std::move(apply), false);
}

void Options::refuse(const std::string& names, bool takes_value, const std::string& why) {
  const std::string name = names.substr(names.rfind("--"));
  auto apply = [this, name, why](const std::string&) {
    throw UsageError(state_->command, cat(name, " is not supported yet: ", why));
  };
  state_->add(names, takes_value, apply, true);
}

void Options::end_at_first_operand() { state_->end_at_first_operand = true; }

std::vector<std::string> Options::parse(const std::vector<std::string>& arguments) {
  Scanned scanned = scan(arguments, state_->rules());
  state_->help = scanned.help;
  if (scanned.help) return {};
  std::vector<std::string> reversed;  // CLI11 reads its vector from the back
  for (auto& [name, value] : scanned.options) {
    reversed.push_back(name);
    reversed.push_back(std::move(value));
  }
  std::reverse(reversed.begin(), reversed.end());
  try {
    state_->app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    throw UsageError(state_->command, error.what());
  }
  return std::move(scanned.operands);
}

bool Options::help_wanted() const { return state_->help; }

bool Options::given(const std::string& name) const {
  const Entry* entry = state_->find(name);
  return entry && entry->option->count() > 0;
}

std::vector<std::string> Options::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : state_->entries) {
    if (entry.refused) continue;
    for (const std::string& name : entry.option->get_snames()) names.push_back(cat("-", name));
    for (const std::string& name : entry.option->get_lnames()) names.push_back(cat("--", name));
  }
  return names;
}

const std::string& Options::command() const { return state_->command; }

void require_operands(const Options& options, const std::vector<std::string>& operands, size_t least, size_t most) {
  const size_t count = operands.size();
  const auto arguments = [](size_t number) { return cat(number, number == 1 ? " argument" : " arguments"); };
  std::string rule;
  if (least == most && count != least) {
    rule = least == 0 ? std::string("accepts no arguments") : cat("requires ", arguments(least));
  } else if (count < least) {
    rule = cat("requires at least ", arguments(least));
  } else if (most != 0 && count > most) {
    rule = cat("requires at most ", arguments(most));
  }
  if (!rule.empty()) throw UsageError(options.command(), cat("'", options.command(), "' ", rule), 1);
}

}  // namespace minidock::cli
