// The words of a Dockerfile line: splitting, quoting, escapes and $variables, as the Dockerfile reference
// describes them. For source files of this folder.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minidock::oci {

// Split at white space outside quotes; quotes and escapes stay in the words.
std::vector<std::string> split_words(std::string_view text);

// One word with quotes and escapes taken away and $NAME, ${NAME}, ${NAME:-text}, ${NAME:+text} replaced from
// `env` ("NAME=value"; unknown names are empty). Single quotes keep their text as it is.
// Throws invalid for an open quote or a malformed ${.
std::string expand_word(std::string_view word, const std::vector<std::string>& env);

// The arguments of ENV and LABEL: `K=V K2="a b"`, or the older `K the rest`. `verb` is for messages.
std::vector<std::pair<std::string, std::string>> parse_pairs(std::string_view verb, std::string_view text,
                                                             const std::vector<std::string>& env);

}  // namespace minidock::oci
