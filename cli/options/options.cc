#include "cli/options/options.h"

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/errors.h"
#include "cli/options/scan.h"

namespace minidock::cli {
namespace {

// strconv.ParseBool, which docker's flags use.
bool parse_flag(const std::string& text) {
  if (const auto value = parse_bool(text)) return *value;
  throw_error(ErrorKind::invalid, "strconv.ParseBool: parsing \"", printable(text), "\": invalid syntax");
}

int64_t parse_number(const std::string& text) {
  if (const auto value = parse_int(text)) return *value;
  throw_error(ErrorKind::invalid, "strconv.ParseInt: parsing \"", printable(text), "\": invalid syntax");
}

}  // namespace

struct Options::State {
  struct Entry {
    std::string names;  // "-m, --memory", as messages show it
    std::vector<std::string> spellings;
    bool takes_value;
    bool refused;
    bool of_engine;
    std::function<void(const std::string&)> apply;
    size_t given = 0;  // times on the command line

    bool has(const std::string& name) const {
      return std::find(spellings.begin(), spellings.end(), name) != spellings.end();
    }
  };

  void add(const std::string& names, bool takes_value, std::function<void(const std::string&)> apply,
           bool refused = false, bool of_engine = false);
  Entry* find(const std::string& name);
  ScanRules rules();
  void apply_all(const Entry& entry, const std::vector<std::string>& values) const;

  std::string command;
  ApplyGiven apply_given = nullptr;
  std::vector<Entry> entries;
  bool end_at_first_operand = false;
  bool help = false;
};

void Options::State::add(const std::string& names, bool takes_value, std::function<void(const std::string&)> apply,
                         bool refused, bool of_engine) {
  std::vector<std::string> spellings = split(names, ',');
  entries.push_back({join(spellings, ", "), std::move(spellings), takes_value, refused, of_engine, std::move(apply)});
}

Options::State::Entry* Options::State::find(const std::string& name) {
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.has(name); });
  return entry == entries.end() ? nullptr : &*entry;
}

ScanRules Options::State::rules() {
  ScanRules rules;
  rules.command = command;
  rules.end_at_first_operand = end_at_first_operand;
  rules.find = [this](const std::string& name) -> std::optional<Known> {
    const Entry* entry = find(name);
    return entry ? std::optional(Known{entry->takes_value}) : std::nullopt;
  };
  for (const Entry& entry : entries) {
    if (!entry.refused) rules.long_names.push_back(entry.spellings.back());
  }
  return rules;
}

void Options::State::apply_all(const Entry& entry, const std::vector<std::string>& values) const {
  for (const std::string& value : values) {
    try {
      entry.apply(value);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      const std::string where = cat("invalid argument \"", printable(value), "\" for \"", entry.names, "\" flag");
      if (entry.of_engine) throw error.with_context(where);
      throw UsageError(command, error.with_context(where).what());
    }
  }
}

Options::Options(std::string command, ApplyGiven apply_given) : state_(std::make_unique<State>()) {
  state_->apply_given = apply_given;
  state_->command = std::move(command);
  state_->entries.reserve(128);
}
Options::~Options() = default;

void Options::flag(const std::string& names, bool& target) {
  state_->add(names, false, [&target](const std::string& value) { target = parse_flag(value); });
}

void Options::text(const std::string& names, std::string& target) {
  state_->add(names, true, [&target](const std::string& value) { target = value; });
}

void Options::text(const std::string& names, std::optional<std::string>& target) {
  state_->add(names, true, [&target](const std::string& value) { target = value; });
}

void Options::number(const std::string& names, std::optional<int64_t>& target) {
  state_->add(names, true, [&target](const std::string& value) { target = parse_number(value); });
}

void Options::list(const std::string& names, std::vector<std::string>& target) {
  state_->add(names, true, [&target](const std::string& value) { target.push_back(value); });
}

void Options::each(const std::string& names, std::function<void(const std::string&)> apply) {
  state_->add(names, true, std::move(apply));
}

void Options::each_of_engine(const std::string& names, std::function<void(const std::string&)> apply) {
  state_->add(names, true, std::move(apply), false, true);
}

void Options::refuse(const std::string& names, bool takes_value, const std::string& why) {
  const std::string name = names.substr(names.rfind("--"));
  auto apply = [this, name, why](const std::string&) {
    throw UsageError(state_->command, cat(name, " is not supported yet: ", why));
  };
  state_->add(names, takes_value, apply, true);
}

void Options::end_at_first_operand() {
  state_->end_at_first_operand = true;
}

std::vector<std::string> Options::parse(const std::vector<std::string>& arguments) {
  Scanned scanned = scan(arguments, state_->rules());
  state_->help = scanned.help;
  if (scanned.help) return {};
  std::vector<GivenOption> given;
  for (auto& [name, value] : scanned.options) {
    State::Entry& entry = *state_->find(name);
    if (entry.given++ == 0)
      given.push_back({entry.spellings, {}, [this, &entry](const auto& values) { state_->apply_all(entry, values); }});
    const auto same = [&](const GivenOption& option) { return option.spellings == entry.spellings; };
    std::find_if(given.begin(), given.end(), same)->values.push_back(std::move(value));
  }
  state_->apply_given(state_->command, given);
  return std::move(scanned.operands);
}

bool Options::help_wanted() const {
  return state_->help;
}

bool Options::given(const std::string& name) const {
  const State::Entry* entry = state_->find(name);
  return entry && entry->given > 0;
}

std::vector<std::string> Options::names() const {
  std::vector<std::string> names;
  for (const State::Entry& entry : state_->entries) {
    if (!entry.refused) names.insert(names.end(), entry.spellings.begin(), entry.spellings.end());
  }
  return names;
}

std::vector<Options::Accepted> Options::accepted() const {
  std::vector<Accepted> out;
  for (const State::Entry& entry : state_->entries) {
    if (!entry.refused) out.push_back({entry.spellings, entry.takes_value});
  }
  return out;
}

bool Options::ends_at_first_operand() const {
  return state_->end_at_first_operand;
}

const std::string& Options::command() const {
  return state_->command;
}

void require_operands(const Options& options, const std::vector<std::string>& operands, size_t least, size_t most) {
  const size_t count = operands.size();
  const auto arguments = [](size_t number) { return cat(number, number == 1 ? " argument" : " arguments"); };
  std::string rule;
  if (least == most && count != least) {
    rule = least == 0 ? std::string("accepts no arguments") : cat("requires ", arguments(least));
  } else if (least > 0 && most > least && (count < least || count > most)) {
    rule = cat("requires at least ", least, " and at most ", arguments(most));
  } else if (count < least) {
    rule = cat("requires at least ", arguments(least));
  } else if (most != 0 && count > most) {
    rule = cat("requires at most ", arguments(most));
  }
  if (!rule.empty()) throw UsageError(options.command(), cat("'", options.command(), "' ", rule), 1);
}

}  // namespace minidock::cli
