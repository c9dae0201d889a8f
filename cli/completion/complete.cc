#include "cli/completion/complete.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/completion/values.h"
#include "cli/help.h"

namespace minidock::cli {
namespace {

using Words = std::vector<std::string>;

// The global options that take a value; all others of them are flags.
bool takes_global_value(const std::string& word) {
  return word == "--root" || word == "--run-root" || word == "--storage-driver" || word == "--config-file";
}

std::vector<Candidate> command_names(const CommandTable& table, std::string_view noun) {
  const std::string prefix = noun.empty() ? "" : cat(noun, " ");
  std::vector<Candidate> out;
  for (const CommandEntry& entry : table) {
    if (entry.summary.empty()) continue;
    for (const std::string& name : split(cat(entry.name, ",", entry.aliases), ',')) {
      const bool fits = !name.empty() && name.starts_with(prefix);
      const std::string rest = fits ? name.substr(prefix.size()) : "";
      if (rest.empty()) continue;
      const size_t blank = rest.find(' ');
      if (blank == rest.npos) {
        out.push_back({rest, std::string(entry.summary)});
      } else if (noun.empty()) {
        const std::string first = rest.substr(0, blank);
        const bool there = std::any_of(out.begin(), out.end(), [&](const auto& one) { return one.value == first; });
        if (!there) out.push_back({first, cat("Commands of ", first)});
      }
    }
  }
  return out;
}

std::string first_sentence(const std::string& text) {
  const size_t end = std::min(text.find("; "), text.find(". "));
  return text.substr(0, end);
}

// The words behind the command, up to the one at the cursor.
class Arguments {
 public:
  Arguments(const CommandEntry& entry, const CommandTable& table, const LiveNames& live)
      : entry_(entry), table_(table), live_(live), command_(entry.make()), options_(std::string(entry.name)) {
    command_->declare(options_);
    accepted_ = options_.accepted();
  }

  Completion complete(const Words& words) {
    const std::string& typed = words.back();
    for (size_t i = 0; i + 1 < words.size(); ++i) take(words[i]);
    if (waiting_) return value(waiting_->spellings.back(), typed, "");
    if (ended_ && options_.ends_at_first_operand()) return {{}, true, false};
    if (!ended_ && typed.starts_with("--") && typed.find('=') != typed.npos) {
      const size_t equals = typed.find('=');
      const Options::Accepted* const option = find(typed.substr(0, equals));
      if (option == nullptr || !option->takes_value) return {};
      return value(option->spellings.back(), typed.substr(equals + 1), typed.substr(0, equals + 1));
    }
    if (!ended_ && typed.starts_with('-')) return options();
    return of_kind(operand_kind(entry_.name, operands_.size()), typed, "");
  }

 private:
  const Options::Accepted* find(const std::string& name) const {
    for (const Options::Accepted& option : accepted_) {
      if (std::find(option.spellings.begin(), option.spellings.end(), name) != option.spellings.end()) return &option;
    }
    return nullptr;
  }

  void take(const std::string& word) {
    if (waiting_ != nullptr) {
      waiting_ = nullptr;
    } else if (ended_ || !word.starts_with('-') || word == "-") {
      operands_.push_back(word);
      ended_ = ended_ || options_.ends_at_first_operand();
    } else if (word == "--") {
      ended_ = true;
    } else if (word.find('=') == word.npos) {
      // -it is -i -t: the last letter is the one that may wait for a value.
      const Options::Accepted* const option =
          find(word.starts_with("--") ? word : cat("-", word.substr(word.size() - 1)));
      if (option != nullptr && option->takes_value) waiting_ = option;
    }
  }

  Completion options() const {
    Completion out;
    for (const DocumentedOption& option : documented_options(man_text(entry_.name))) {
      for (const std::string& flag : option.flags) out.candidates.push_back({flag, first_sentence(option.text)});
    }
    out.candidates.push_back({"--help", "Show all about this command"});
    return out;
  }

  // `before` is what of the word is not the value: "--restart=".
  Completion value(const std::string& option, const std::string& typed, const std::string& before) const {
    const OptionValues values = option_values(entry_.name, option, typed);
    std::string fixed = before;
    // A filter's value goes on behind its name.
    if (option == "--filter" && typed.find('=') != typed.npos) fixed += typed.substr(0, typed.find('=') + 1);
    Completion out = of_kind(values.kind, typed, fixed);
    for (const std::string& word : values.words) out.candidates.push_back({fixed + word, ""});
    out.no_space = out.no_space || values.no_space;
    if (option == "--volume" && typed.find(':') == typed.npos) {
      for (Candidate& candidate : out.candidates) candidate.value += ':';
      out.files = out.no_space = true;
    }
    return out;
  }

  Completion of_kind(Kind kind, const std::string& typed, const std::string& before) const {
    Completion out;
    if (kind == Kind::none) return out;
    if (kind == Kind::files) {
      out.files = true;
    } else if (kind == Kind::command) {
      out.candidates = command_names(table_, "");
    } else if (kind == Kind::shell) {
      out.candidates = {{"bash", ""}, {"zsh", ""}, {"fish", ""}};
    } else if (kind == Kind::copy_operand) {
      out.files = typed.find(':') == typed.npos;
      if (!out.files) return out;
      for (const Candidate& one : live_(Kind::any_container, typed)) {
        out.candidates.push_back({one.value + ":", one.description});
      }
      out.no_space = !out.candidates.empty();
    } else {
      for (Candidate& one : live_(kind, typed)) {
        if (std::find(operands_.begin(), operands_.end(), one.value) != operands_.end()) continue;
        out.candidates.push_back({before + one.value, std::move(one.description)});
      }
    }
    return out;
  }

  const CommandEntry& entry_;
  const CommandTable& table_;
  const LiveNames& live_;
  std::unique_ptr<Command> command_;
  Options options_;
  std::vector<Options::Accepted> accepted_;
  const Options::Accepted* waiting_ = nullptr;  // for its value
  Words operands_;
  bool ended_ = false;  // no more options
};

Completion global_options() {
  Completion out;
  for (const DocumentedOption& option : documented_options(man_text("minidock"))) {
    for (const std::string& flag : option.flags) out.candidates.push_back({flag, option.text});
  }
  return out;
}

}  // namespace

Completion complete(const CommandTable& table, const Words& words, const LiveNames& live) {
  size_t at = 0;
  while (at + 1 < words.size() && words[at].starts_with('-')) at += takes_global_value(words[at]) ? 2 : 1;
  if (at >= words.size()) return {{}, true, false};  // the value of a global option: a directory
  if (at + 1 == words.size()) {
    if (words[at].starts_with('-')) return global_options();
    return {command_names(table, ""), false, false};
  }
  if (is_noun(words[at]) && at + 2 == words.size()) return {command_names(table, words[at]), false, false};
  size_t used = 0;
  const Words rest(words.begin() + static_cast<ptrdiff_t>(at), words.end());
  const CommandEntry* const entry = find_command(table, rest, used);
  if (entry == nullptr || entry->summary.empty() || used >= rest.size()) return {};
  return Arguments(*entry, table, live).complete(Words(rest.begin() + static_cast<ptrdiff_t>(used), rest.end()));
}

std::string completion_text(const Completion& completion, const std::string& typed) {
  std::string out;
  for (const Candidate& candidate : completion.candidates) {
    if (!candidate.value.starts_with(typed)) continue;
    out += candidate.value;
    if (!candidate.description.empty()) out += cat("\t", candidate.description);
    out += '\n';
  }
  if (completion.files) out += ":files\n";
  if (completion.no_space) out += ":nospace\n";
  return out;
}

}  // namespace minidock::cli
