"""What the checks share: the files of the project, and how a finding is reported."""
import argparse
import os
import re
import sys

kCode = (".cc", ".h", ".c")
kTop = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
kSkipped = {".git", ".cache", "__pycache__"}


class Tree:
    """The project's own files below a directory; build directories are left out."""

    def __init__(self, top):
        self.top = top

    def files(self, endings=None, under=""):
        for directory, names, files in os.walk(os.path.join(self.top, under)):
            names[:] = sorted(n for n in names if n not in kSkipped and not n.startswith("build"))
            for name in sorted(files):
                path = os.path.relpath(os.path.join(directory, name), self.top)
                if endings is None or name.endswith(endings):
                    yield path

    def read(self, path):
        with open(os.path.join(self.top, path), encoding="utf-8", errors="replace") as file:
            return file.read()

    def exists(self, path):
        return os.path.exists(os.path.join(self.top, path))


def blank(text, keep_strings=False):
    """C++ source with comments (and the insides of strings) replaced by blanks; lines keep their numbers."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/|R\"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)\"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)

    def replace(match):
        found = match.group(0)
        if found[0] == "/" or not keep_strings:
            inner = re.sub(r"[^\n]", " ", found)
            return inner if found[0] == "/" else '"' + inner[1:-1] + '"'
        return found

    return pattern.sub(replace, text)


def folder_of(path):
    """The folder in the sense of docs/architecture.md: "src/linux/cgroup.cc" -> "linux", "store/a/b.h" -> "store"."""
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else parts[0]


def run(check, description):
    """Runs check(Tree) -> list of findings, prints them and exits with 1 where there are any."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--tree", default=kTop, help="the project to look at")
    findings = check(Tree(parser.parse_args().tree))
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} finding(s)")
    sys.exit(1 if findings else 0)
