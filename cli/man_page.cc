#include "cli/man_page.h"

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/help.h"
#include "cli/version.h"

namespace minidock::cli {
namespace {

// spec: groff_char(7). What roff would print as another sign, or take for its own.
std::string literal(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

// spec: groff_char(7). Signs beyond ASCII by their numbers: troff without preconv(1) reads bytes. The texts are UTF-8.
std::string in_ascii(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      out += text[i];
      continue;
    }
    const size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t number = lead & (0x3fU >> more);
    for (size_t k = 0; k < more && i + 1 < text.size(); ++k) number = number << 6 | (text[++i] & 0x3f);
    char name[16];
    std::snprintf(name, sizeof name, "\\[u%04X]", number);
    out += name;
  }
  return out;
}

// A text line: never taken for a request.
std::string guarded(std::string line) {
  if (line.starts_with('.') || line.starts_with('\'')) line.insert(0, "\\&");
  return line + "\n";
}

// `code` and **words** in bold.
std::string inlined(std::string_view text) {
  std::string out;
  bool code = false, bold = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      out += code ? "\\fR" : "\\fB";
      code = !code;
    } else if (!code && text.substr(i, 2) == "**") {
      out += bold ? "\\fR" : "\\fB";
      bold = !bold;
      ++i;
    } else {
      out += text[i] == '\'' && !code ? "'" : literal(text.substr(i, 1));
    }
  }
  return out;
}

std::string in_quotes(std::string_view argument) {
  return cat("\"", argument, "\"");
}

std::string capitals(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(toupper(letter)); });
  return out;
}

std::string option_item(std::string_view line) {
  const DocumentedOption option = parse_option_line(line);
  std::vector<std::string> flags;
  for (const std::string& flag : option.flags) flags.push_back(cat("\\fB", literal(flag), "\\fR"));
  const std::string argument = option.argument.empty() ? "" : cat(" \\fI", literal(option.argument), "\\fR");
  return cat(".TP\n", join(flags, ", "), argument, "\n", guarded(inlined(option.text)));
}

// One pass over the page's lines.
class Writer {
 public:
  std::string write(std::string_view page) {
    for (const std::string& line : split(page, '\n')) take(line);
    leave_code();
    return std::move(out_);
  }

 private:
  void take(const std::string& line) {
    constexpr std::string_view kGoesOn = "                              ";
    if (line.starts_with("# ")) return;
    if (line.starts_with("## ")) return begin_section(line.substr(3));
    if (line.empty()) {
      parted_ = true;
      return;
    }
    const bool indented = line.starts_with("    ");
    if (section_ == "Options" && line.starts_with(kGoesOn)) {
      out_ += guarded(inlined(trim(line)));
    } else if (section_ == "Options" && is_option_line(line)) {
      out_ += option_item(line);
    } else if (indented) {
      code(line.substr(4));
    } else {
      text(line);
    }
    parted_ = false;
  }

  void begin_section(std::string_view title) {
    leave_code();
    section_ = title;
    out_ += cat(".SH ", in_quotes(capitals(title)), "\n");
    parted_ = false;
  }

  void code(std::string_view line) {
    if (!in_code_) out_ += section_ == "Synopsis" ? ".nf\n" : ".PP\n.RS 4\n.nf\n";
    if (in_code_ && parted_) out_ += "\n";
    in_code_ = true;
    out_ += guarded(literal(line));
  }

  void text(const std::string& line) {
    leave_code();
    if (section_ == "Options" && line.ends_with(':')) {
      out_ += cat(".SS ", in_quotes(inlined(line.substr(0, line.size() - 1))), "\n");
    } else if (line.starts_with("* ")) {
      out_ += cat(".IP \\(bu 2\n", guarded(inlined(line.substr(2))));
    } else {
      if (parted_ && !out_.ends_with("\"\n")) out_ += ".PP\n";
      out_ += guarded(inlined(trim(line)));
    }
  }

  void leave_code() {
    if (in_code_) out_ += section_ == "Synopsis" ? ".fi\n" : ".fi\n.RE\n";
    in_code_ = false;
  }

  std::string out_, section_;
  bool parted_ = false, in_code_ = false;  // an empty line came before; between .nf and .fi
};

std::string head(std::string_view name, std::string_view summary) {
  return cat(".\\\" Made from cli/man by minidock itself.\n.TH ", in_quotes(literal(capitals(name))), " \"1\" \"\" ",
             in_quotes(cat("minidock ", kVersion)), " \"User Commands\"\n.SH \"NAME\"\n", literal(name), " \\- ",
             inlined(summary), "\n");
}

}  // namespace

std::string man_page_name(std::string_view command) {
  std::string name = cat("minidock-", command);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(std::string_view name, std::string_view summary, std::string_view aliases, std::string_view page) {
  std::string out = cat(head(name, summary), Writer().write(page));
  if (!aliases.empty()) {
    std::vector<std::string> spellings;
    for (const std::string& alias : split(aliases, ',')) spellings.push_back(cat("\\fBminidock ", alias, "\\fR"));
    out += cat(".SH \"OTHER NAMES\"\n", guarded(join(spellings, ", ")));
  }
  return in_ascii(out + ".SH \"SEE ALSO\"\n\\fBminidock\\fR(1)\n");
}

std::string main_man_page(const CommandTable& table) {
  std::string out = cat(head("minidock", "a container engine without a daemon"), Writer().write(man_text("minidock")));
  out += ".SH \"COMMANDS\"\n";
  for (const CommandEntry& entry : table) {
    if (entry.summary.empty()) continue;
    out += cat(".TP\n\\fB", literal(man_page_name(entry.name)), "\\fR(1)\n", guarded(inlined(entry.summary)));
  }
  return in_ascii(out);
}

}  // namespace minidock::cli
