#include "cli/format/parser.h"

#include <charconv>

#include "base/error.h"
#include "cli/format/functions.h"
#include "cli/format/lexer.h"

namespace minidock::cli::format {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokenize(text)) {}

  std::vector<Node> run() {
    std::vector<Node> nodes = list();
    if (!at_end()) fail_parse(cat("unexpected {{", tokens_[next_ + 1].value, "}}"));
    return nodes;
  }

 private:
  using Kind = Token::Kind;

  const Token& peek() const { return tokens_[next_]; }
  Token take() { return tokens_[next_++]; }
  bool at_end() const { return peek().kind == Kind::end; }
  bool next_is(Kind kind, std::string_view value) const { return peek().kind == kind && peek().value == value; }

  bool accept(Kind kind, std::string_view value) {
    if (!next_is(kind, value)) return false;
    ++next_;
    return true;
  }

  void expect_close(std::string_view where) {
    if (peek().kind != Kind::close) fail_parse(cat("unexpected <", printable(peek().value), "> in ", where));
    ++next_;
  }

  bool action_is(std::string_view word) const {
    return peek().kind == Kind::open && tokens_[next_ + 1].kind == Kind::word && tokens_[next_ + 1].value == word;
  }

  // Nodes up to {{end}}, {{else}} or the end of the text.
  std::vector<Node> list() {
    if (++depth_ > 100) fail_parse("exceeded maximum nesting");
    std::vector<Node> nodes;
    while (!at_end() && !action_is("end") && !action_is("else")) {
      if (peek().kind == Kind::text) {
        nodes.push_back({Node::Kind::text, take().value, {}, {}, {}});
      } else {
        nodes.push_back(action());
      }
    }
    --depth_;
    return nodes;
  }

  Node action() {
    ++next_;  // {{
    if (accept(Kind::word, "if")) return control(Node::Kind::condition, "if");
    if (accept(Kind::word, "range")) return control(Node::Kind::range, "range");
    if (accept(Kind::word, "with")) return control(Node::Kind::with, "with");
    Node node;
    if (accept(Kind::word, "break") || accept(Kind::word, "continue")) {
      const bool is_break = tokens_[next_ - 1].value == "break";
      if (loops_ == 0) fail_parse(cat("{{", tokens_[next_ - 1].value, "}} outside {{range}}"));
      node.kind = is_break ? Node::Kind::break_loop : Node::Kind::continue_loop;
      expect_close("break");
      return node;
    }
    if (peek().kind == Kind::word &&
        (peek().value == "define" || peek().value == "template" || peek().value == "block")) {
      fail_parse(cat("{{", peek().value, "}} is not supported"));
    }
    node.kind = Node::Kind::action;
    node.pipeline = pipeline("command");
    expect_close("command");
    return node;
  }

  Node control(Node::Kind kind, std::string_view word) {
    Node node;
    node.kind = kind;
    node.pipeline = pipeline(word);
    expect_close(word);
    loops_ += kind == Node::Kind::range;
    node.body = list();
    loops_ -= kind == Node::Kind::range;
    if (at_end()) fail_parse("unexpected EOF");
    ++next_;  // {{
    if (accept(Kind::word, "else")) {
      const std::string_view again = kind == Node::Kind::condition ? "if" : kind == Node::Kind::with ? "with" : "";
      if (!again.empty() && accept(Kind::word, again)) {
        node.otherwise.push_back(control(kind, again));  // it takes the one {{end}}
        return node;
      }
      expect_close("else");
      node.otherwise = list();
      if (at_end()) fail_parse("unexpected EOF");
      ++next_;
    }
    if (!accept(Kind::word, "end")) fail_parse("expected end; found {{else}}");
    expect_close("end");
    return node;
  }

  // [$x [, $y] := | =] command | command …
  Pipeline pipeline(std::string_view where) {
    Pipeline result;
    const size_t start = next_;
    while (peek().kind == Kind::variable) {
      result.variables.push_back(take().value);
      if (!(where == "range" && accept(Kind::symbol, ","))) break;
    }
    if (!result.variables.empty() && (next_is(Kind::symbol, ":=") || next_is(Kind::symbol, "="))) {
      result.declares = take().value == ":=";
    } else {
      result.variables.clear();
      next_ = start;
    }
    do result.commands.push_back(command(where));
    while (accept(Kind::symbol, "|"));
    return result;
  }

  bool starts_operand() const {
    const Kind kind = peek().kind;
    return kind != Kind::close && kind != Kind::end && !(kind == Kind::symbol && peek().value != "(");
  }

  Command command(std::string_view where) {
    Command result;
    while (starts_operand()) result.push_back(operand());
    if (result.empty()) fail_parse(cat("missing value for ", where));
    return result;
  }

  Operand operand() {
    Operand result;
    const size_t start = peek().column;
    result.column = start;
    const Token token = take();
    switch (token.kind) {
      case Kind::field:
        result.fields.push_back(token.value);
        break;
      case Kind::dot:
        break;
      case Kind::variable:
        result.kind = Operand::Kind::variable;
        result.name = token.value;
        break;
      case Kind::word:
        word(result, token.value);
        break;
      case Kind::symbol:
        if (++depth_ > 100) fail_parse("exceeded maximum nesting");
        result.kind = Operand::Kind::group;
        result.group = std::make_shared<Pipeline>(pipeline("parenthesized pipeline"));
        if (!accept(Kind::symbol, ")")) fail_parse("unclosed left paren");
        --depth_;
        break;
      default:
        literal(result, token);
    }
    while (peek().kind == Kind::field && !peek().space_before) result.fields.push_back(take().value);
    result.source = std::string(trim(text_.substr(start, peek().column - start)));
    return result;
  }

  void word(Operand& result, const std::string& name) {
    if (name == "true" || name == "false" || name == "nil") {
      result.kind = Operand::Kind::literal;
      result.literal = name == "nil" ? Json() : Json(name == "true");
      return;
    }
    if (!is_function(name)) fail_parse(cat("function \"", name, "\" not defined"));
    result.kind = Operand::Kind::function;
    result.name = name;
  }

  static void literal(Operand& result, const Token& token) {
    result.kind = Operand::Kind::literal;
    if (token.kind == Kind::string) {
      result.literal = token.value;
      return;
    }
    if (const auto whole = parse_int(token.value)) {
      result.literal = *whole;
      return;
    }
    double fraction = 0;
    const char* end = token.value.data() + token.value.size();
    const auto parsed = std::from_chars(token.value.data(), end, fraction);
    if (parsed.ec != std::errc() || parsed.ptr != end) fail_parse(cat("bad number syntax: \"", token.value, "\""));
    result.literal = fraction;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0, loops_ = 0;
};

}  // namespace

std::vector<Node> parse(std::string_view text) {
  return Parser(text).run();
}

}  // namespace minidock::cli::format
