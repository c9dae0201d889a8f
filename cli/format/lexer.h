// Splits a template into literal text and the tokens of its {{ actions }}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minidock::cli::format {

struct Token {
  enum class Kind {
    text,      // outside actions; trim markers already applied
    open,      // {{
    close,     // }}
    field,     // .Name (value: Name)
    dot,       // . alone
    variable,  // $ or $name
    word,      // identifier or keyword
    string,    // value without quotes, escapes done
    number,
    character,  // value: the code point in decimal
    symbol,     // ( ) | , = :=
    end,
  };
  Kind kind = Kind::end;
  std::string value;
  size_t column = 0;  // byte offset in the template
  bool space_before = false;
};

// Throws invalid with Go's text: "template: :1: unclosed action".
std::vector<Token> tokenize(std::string_view text);

[[noreturn]] void fail_parse(std::string_view message);

}  // namespace minidock::cli::format
