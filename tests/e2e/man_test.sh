# The man pages that the build installs: made by the program, right for man(1), one a command.
. "$(dirname "$0")/../support/e2e.sh"

pages=$work/man1
"$MINIDOCK_BINARY" __man "$pages"

test_one_page_a_command() {
  local name
  for name in "$top"/cli/man/*.md; do
    name=$(basename "$name" .md)
    [ "$name" = minidock ] || name=minidock-${name//_/-}
    [ -s "$pages/$name.1" ] || fail "no page $name"
  done
  assert_eq "$(ls "$pages" | wc -l)" "$(ls "$top/cli/man" | wc -l)"
}

test_structure() {
  local page section
  for page in "$pages"/*.1; do
    for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES; do
      grep -q "^\.SH \"$section\"$" "$page" || fail "$page: no $section"
    done
    grep -Eq '^minidock.* \\- .' "$page" || fail "$page: no line for whatis"
  done
}

test_no_warnings() {
  local page linted=
  for page in "$pages"/*.1; do
    if command -v groff >/dev/null; then
      assert_empty "$(groff -man -Tutf8 -ww -z "$page" 2>&1)" "$page"
      linted=groff
    fi
    if command -v mandoc >/dev/null; then
      assert_empty "$(mandoc -Tlint -W warning "$page" 2>&1)" "$page"
      linted=mandoc
    fi
  done
  [ -n "$linted" ] || echo "skipped: neither groff nor mandoc here" >&2
}

test_man_shows_it() {
  requires groff
  local text
  text=$(groff -man -Tascii -P-c -P-b -P-u -rLL=100n "$pages/minidock-rm.1" | tr -s ' \n' ' ')
  assert_match "$text" 'minidock-rm - Remove containers'
  assert_match "$text" '-f, --force Kill a running container first; a missing one is no failure'
  assert_match "$text" 'minidock container rm, minidock container remove'
}

run_tests
