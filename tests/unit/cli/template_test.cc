#include "cli/format/template.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace minidock::cli::format {
namespace {

const Json& data() {
  static const Json value = Json::parse(R"({
    "Name": "/web", "Id": "0123456789abcdef", "Empty": "", "Count": 3, "Half": 0.5, "Yes": true, "Nil": null,
    "State": {"Status": "running", "Pid": 42, "Health": null},
    "Config": {"Labels": {"b": "2", "a.x": "1"}, "Cmd": ["sh", "-c", "true"], "Env": []},
    "NetworkSettings": {"Networks": {"one": {"IPAddress": "10.0.0.2"}, "two": {"IPAddress": "10.0.1.2"}}},
    "Mounts": [{"Source": "/a", "RW": true}, {"Source": "/b", "RW": false}]})");
  return value;
}

std::string run(std::string_view text) {
  return Template::parse(text).execute(data());
}

std::string failure(std::string_view text) {
  try {
    return "no failure: " + run(text);
  } catch (const Error& error) {
    return error.what();
  }
}

struct Case {
  const char* text;
  const char* result;
};

class TemplateTest : public testing::TestWithParam<Case> {};

TEST_P(TemplateTest, GivesWhatGoGives) {
  EXPECT_EQ(run(GetParam().text), GetParam().result) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Fields, TemplateTest,
                         testing::Values(Case{"", ""}, Case{"plain", "plain"}, Case{"{{.Name}}", "/web"},
                                         Case{"{{ .State.Pid }}", "42"}, Case{"a {{.State.Status}} b", "a running b"},
                                         Case{"{{.Nil}}", "<no value>"}, Case{"{{.Half}}", "0.5"},
                                         Case{"{{.Yes}}", "true"}, Case{"{{.Config.Cmd}}", "[sh -c true]"},
                                         Case{"{{.Config.Env}}", "[]"}, Case{"{{.Config.Labels}}", "map[a.x:1 b:2]"},
                                         Case{"{{$.Name}}", "/web"}, Case{"{{(.State).Pid}}", "42"},
                                         Case{"{{/* nothing */}}x", "x"}));

INSTANTIATE_TEST_SUITE_P(Trimming, TemplateTest,
                         testing::Values(Case{"a  {{- .Name -}}  b", "a/webb"}, Case{"a {{ .Name -}} \n b", "a /webb"},
                                         Case{"{{- /* c */ -}} x", "x"}, Case{"x \n {{- 3}} y", "x3 y"}));

INSTANTIATE_TEST_SUITE_P(
    Control, TemplateTest,
    testing::Values(Case{"{{if .Yes}}a{{else}}b{{end}}", "a"}, Case{"{{if .Empty}}a{{else}}b{{end}}", "b"},
                    Case{"{{if .Empty}}a{{else if .Count}}c{{else}}b{{end}}", "c"},
                    Case{"{{if .State.Health}}h{{end}}", ""}, Case{"{{if .Health}}h{{else}}none{{end}}", "none"},
                    Case{"{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}", "running"},
                    Case{"{{with .State}}{{.Pid}}{{end}}", "42"}, Case{"{{with .Nil}}x{{else}}y{{end}}", "y"},
                    Case{"{{with .Config.Cmd}}{{index . 0}}{{end}}", "sh"},
                    Case{"{{with $x := .Count}}{{$x}}{{end}}", "3"},
                    Case{"{{range .Config.Cmd}}<{{.}}>{{end}}", "<sh><-c><true>"},
                    Case{"{{range .Config.Env}}x{{else}}none{{end}}", "none"},
                    Case{"{{range.NetworkSettings.Networks}}{{.IPAddress}} {{end}}", "10.0.0.2 10.0.1.2 "},
                    Case{"{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a.x=1;b=2;"},
                    Case{"{{range $i, $m := .Mounts}}{{$i}}{{$m.Source}}{{end}}", "0/a1/b"},
                    Case{"{{range .Mounts}}{{if .RW}}{{continue}}{{end}}{{.Source}}{{end}}", "/b"},
                    Case{"{{range .Mounts}}{{.Source}}{{break}}{{end}}", "/a"},
                    Case{"{{$x := 1}}{{range .Mounts}}{{$x = 2}}{{end}}{{$x}}", "2"}));

INSTANTIATE_TEST_SUITE_P(
    Functions, TemplateTest,
    testing::Values(Case{"{{json .State}}", R"({"Status":"running","Pid":42,"Health":null})"},
                    Case{"{{json .Name}}", "\"/web\""}, Case{"{{index .Config.Labels \"a.x\"}}", "1"},
                    Case{"{{index .Config.Labels \"none\"}}", ""}, Case{"{{index .Mounts 1 \"Source\"}}", "/b"},
                    Case{"{{len .Config.Cmd}}", "3"}, Case{"{{slice .Id 0 4}}", "0123"},
                    Case{"{{.Name | upper | printf \"%s!\"}}", "/WEB!"},
                    Case{"{{join .Config.Cmd \",\"}}", "sh,-c,true"},
                    Case{"{{join (split \"a/b/c\" \"/\") \"-\"}}", "a-b-c"}, Case{"{{title \"one two\"}}", "One Two"},
                    Case{"{{truncate .Id 4}}", "0123"}, Case{"{{pad \"x\" 1 2}}|", " x  |"},
                    Case{"{{lower \"ABC\"}}", "abc"}, Case{"{{println \"a\" 1}}", "a 1\n"},
                    Case{"{{print 1 2}}{{print \"a\" \"b\"}}", "1 2ab"},
                    Case{"{{eq .Count 3}} {{eq .Name \"x\" \"/web\"}} {{ne 1 2}}", "true true true"},
                    Case{"{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 1 2}}", "true true false false"},
                    Case{"{{and .Yes .Empty}}|{{or .Empty .Name}}|{{not .Empty}}", "|/web|true"},
                    Case{"{{html \"<a>\"}}", "&lt;a&gt;"}, Case{"{{urlquery \"a b&\"}}", "a+b%26"},
                    Case{"{{\"a\\tb\"}}{{`c\\t`}}", "a\tbc\\t"}, Case{"{{'a'}}", "97"}));

INSTANTIATE_TEST_SUITE_P(Printf, TemplateTest,
                         testing::Values(Case{"{{printf \"%s-%d\" .Name .Count}}", "/web-3"},
                                         Case{"{{printf \"%5s|%-5s|\" \"ab\" \"ab\"}}", "   ab|ab   |"},
                                         Case{"{{printf \"%05d %+d %x %X\" 42 42 255 255}}", "00042 +42 ff FF"},
                                         Case{"{{printf \"%q %v\" \"a\\\"b\" .Config.Cmd}}", "\"a\\\"b\" [sh -c true]"},
                                         Case{"{{printf \"%.2f%%\" 12.345}}", "12.35%"},
                                         Case{"{{printf \"%t\" true}}", "true"}, Case{"{{printf \"%.3s\" .Id}}", "012"},
                                         Case{"{{printf \"%d\"}}", "%!d(MISSING)"},
                                         Case{"{{printf \"x\" 1}}", "x%!(EXTRA 1)"},
                                         Case{"{{printf \"%d\" \"a\"}}", "%!d(a)"}));

TEST(Template, NamesWhatIsMissing) {
  EXPECT_EQ(failure("{{.Nope}}"), "template: :1:2: executing \"\" at <.Nope>: map has no entry for key \"Nope\"");
  EXPECT_EQ(failure("{{.State.Nope}}"),
            "template: :1:2: executing \"\" at <.State.Nope>: map has no entry for key \"Nope\"");
  EXPECT_EQ(failure("{{.State.Health.Status}}"),
            "template: :1:2: executing \"\" at <.State.Health.Status>: nil data; no entry for key \"Status\"");
  EXPECT_EQ(failure("{{.Name.X}}"),
            "template: :1:2: executing \"\" at <.Name.X>: can't evaluate field X in type string");
}

TEST(Template, NamesWhatCannotBeParsed) {
  EXPECT_EQ(failure("{{.Name"), "template: :1: unclosed action");
  EXPECT_EQ(failure("{{if .Name}}x"), "template: :1: unexpected EOF");
  EXPECT_EQ(failure("{{end}}"), "template: :1: unexpected {{end}}");
  EXPECT_EQ(failure("{{nope .Name}}"), "template: :1: function \"nope\" not defined");
  EXPECT_EQ(failure("{{}}"), "template: :1: missing value for command");
  EXPECT_EQ(failure("{{\"abc}}"), "template: :1: unterminated quoted string");
  EXPECT_EQ(failure("{{(.Name}}"), "template: :1: unclosed left paren");
  EXPECT_EQ(failure("{{break}}"), "template: :1: {{break}} outside {{range}}");
  EXPECT_EQ(failure("{{$x}}"), "template: :1: undefined variable \"$x\"");
  EXPECT_EQ(failure("{{1 | 2}}"), "template: :1:6: executing \"\" at <2>: can't give argument to non-function 2");
}

TEST(Template, FailsFromFunctionsWithTheirName) {
  EXPECT_EQ(failure("{{index .Mounts 7}}"),
            "template: :1:2: executing \"\" at <index>: error calling index: index out of range: 7");
  EXPECT_EQ(failure("{{lower .Count}}"),
            "template: :1:2: executing \"\" at <lower>: error calling lower: wrong type for value; expected string; "
            "got number");
  EXPECT_NE(failure("{{len}}").find("wrong number of args for len: want 1 got 0"), std::string::npos);
}

TEST(Template, SurvivesWhateverIsTyped) {
  // Not a proof, but every short string over the letters that matter: parse or throw, never crash.
  constexpr std::string_view kLetters = "{}.-$\"`( )|a=1,%\\:/*";
  for (const char a : kLetters) {
    for (const char b : kLetters) {
      for (const char c : kLetters) {
        const std::string text{'{', '{', a, b, c, '}', '}'};
        try {
          run(text);
          run(text.substr(0, 5));
        } catch (const Error& error) {
          EXPECT_EQ(std::string_view(error.what()).substr(0, 9), "template:") << text;
        }
      }
    }
  }
}

TEST(Template, RefusesEndlessNesting) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{{if .Yes}}";
  EXPECT_EQ(failure(text), "template: :1: exceeded maximum nesting");
  EXPECT_EQ(failure("{{" + std::string(2000, '(') + "}}"), "template: :1: exceeded maximum nesting");
}

}  // namespace
}  // namespace minidock::cli::format
