"""The case files and known_differences, read. tests/README.md has their format."""
import re


class Case:
    """One case: its name, its lines as (kind, command) with kind `>` for set-up and `$` for what is compared."""

    def __init__(self, name, place, order):
        self.name, self.place, self.order, self.lines = name, place, order, []
        self.file = place.split(":")[0]

    def compared(self):
        return [command for kind, command in self.lines if kind == "$"]


def read(path):
    found, names = [], set()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            place = f"{path.rsplit('/', 1)[-1]}:{number}"
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] in ">$" and line[1:2] == " " and found:
                found[-1].lines.append((line[0], line[2:]))
            elif line.startswith("  ") and found and found[-1].lines:  # goes on with the line above
                kind, command = found[-1].lines[-1]
                found[-1].lines[-1] = (kind, command + "\n" + line[2:])
            elif re.match(r"\w", line):
                if line in names:
                    raise SystemExit(f"{place}: there are two cases {line}")
                names.add(line)
                found.append(Case(line, place, (path, number)))
            else:
                raise SystemExit(f"{place}: neither a name nor `> ` nor `$ `: {line}")
    empty = [case.place for case in found if not case.compared()]
    if empty:
        raise SystemExit(f"{empty[0]}: nothing is compared")
    return found


class Known:
    """known_differences: for each case what differs and why."""

    def __init__(self, path):
        self.cases, reason = {}, None
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.rstrip("\n")
                if not line.strip() or line.startswith("#"):
                    continue
                if line[0] != " ":
                    reason = line
                    continue
                entry = re.fullmatch(r" +([a-z]+(?:\.\d+)?(?:,[a-z]+(?:\.\d+)?)*) +(.+)", line)
                if not entry or not reason:
                    raise SystemExit(f"known_differences:{number}: not `  exit,stderr.2 CASE` below a reason")
                for what in entry[1].split(","):
                    if what in self.cases.setdefault(entry[2], {}):
                        raise SystemExit(f"known_differences:{number}: {what} of {entry[2]} is listed twice")
                    self.cases[entry[2]][what] = reason

    def of(self, name):
        return self.cases.get(name, {})

    def names(self):
        return set(self.cases)
