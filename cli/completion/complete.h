// What a shell offers at the word that is being typed. The shells' scripts (bash, zsh, fish beside this) ask
// `minidock __complete WORDS...`; the last word is the one at the cursor, "" where a new one begins. The answer is
// lines:
//
//   VALUE [TAB DESCRIPTION]     a whole word that goes on from what was typed
//   :files                      the shell completes names of files
//   :nospace                    the word is not yet finished: no blank after it
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/command.h"

namespace minidock::cli {

struct Candidate {
  std::string value, description;
};

// What an operand or an option's value is. The live ones are asked for when they are needed, and only then.
enum class Kind {
  none,
  any_container,      // live, as are all up to volume
  up_container,       // running or paused
  running_container,  // and not paused
  paused_container,
  stopped_container,
  image,
  volume,
  object,        // container, image
  copy_operand,  // CONTAINER:PATH or a file
  command,
  shell,
  files,
};

using LiveNames = std::function<std::vector<Candidate>(Kind kind, const std::string& typed)>;

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false, no_space = false;
};

// Pure but for `live`. Never throws for what was typed.
Completion complete(const CommandTable& table, const std::vector<std::string>& words, const LiveNames& live);

// The lines above, of the candidates that begin as `typed` does.
std::string completion_text(const Completion& completion, const std::string& typed);

}  // namespace minidock::cli
