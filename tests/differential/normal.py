"""What is the same to this suite: the two engines' outputs without what differs from run to run or by their names."""
import difflib
import re

MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
AGO = r"(?:Less than a second|About an? \w+|\d+ (?:second|minute|hour|day|week|month|year)s?)"

# What is made up anew each time.
RANDOM = [
    (r"(?:sha256:)?\b[0-9a-f]{64}\b", "<ID>"),
    (r"sha256:[0-9a-f]{12}\b", "<ID>"),
    (r"\b[0-9a-f]{12}\b", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "<TIME>"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4} \w+", "<TIME>"),
    (AGO + " ago", "<AGE> ago"),
    (r"\bUp " + AGO, "Up <AGE>"),
    (r"\b\d+(?:\.\d+)? ?(?:[kKMGT]i?)?B\b", "<SIZE>"),
    (r"\b\d+\.\d+%", "<PERCENT>"),
    (r"/[^ '\":]*/minidock-e2e\.\w+/[^ '\":]*/scratch\b", "<SCRATCH>"),
]

# Which program speaks, not what it says; the C library's messages of errno begin with a capital, Go's do not.
PROGRAM = (r"\bminidock\b", "docker")
ERRNO = r"\b(No such file|Permission denied|Is a directory|Not a directory|File exists|Invalid argument|Read-only file)"
SPEAKER = [
    (r"^(?:docker|minidock): ", ""),
    (r"^Error response from daemon: ", ""),
    (r"^Error: ", ""),
    PROGRAM,
    (r"^(?:failed to create shim task: )?OCI runtime create failed: runc create failed: (.*): unknown$", r"\1"),
    (r"^OCI runtime exec failed: exec failed: (.*): unknown$", r"\1"),
    (r"^unable to start container process: ", ""),
    # Which option a value was of: minidock always says it, docker where its client and not its daemon refuses.
    (r'^invalid argument ".*?" for "-.*?" flag: ', ""),
    (r"^error during container init: ", ""),
    (ERRNO, lambda found: found[0].lower()),
]

# What docker 28's client says where Debian's 20.10 says it otherwise; minidock says it as 28.
NEWER = [
    (r'^"(docker[\w ]*)" (requires|accepts) (.*)$', r"'\1' \2 \3"),
    (r"requires exactly", "requires"),
    (r"unknown shorthand flag: '(.)' in -\w*", r"unknown shorthand flag: '\1'"),
]

# Said to nobody: where the help is, which 20.10 and 28 also say when words were not the trouble; and 20.10's client's
# own trouble with a container that did not start.
NOISE = re.compile(r"(?:Run|See) 'docker[\w ]* --help'|time=.* level=error msg=.error waiting for container: ")


def apply(rules, text):
    for pattern, replacement in rules:
        text = re.sub(pattern, replacement, text)
    return text


def lines(text, what):
    """The normal form of one stream: its lines."""
    rules = RANDOM + (SPEAKER + NEWER if what == "stderr" else [PROGRAM])
    found = text.replace("\r", "").splitlines()
    found = [apply(rules, line.rstrip(".") if what == "stderr" else line) for line in found]
    found = [re.sub(r" {2,}", "  ", line.rstrip()) for line in found]
    if what == "stderr":
        found = [line for line in without_usage(found) if not NOISE.match(line)]
        found = [line[:1].lower() + line[1:] for line in found if line]
    return found


def without_usage(found):
    """20.10 and 28 show a command's usage below the error; minidock names the command that does."""
    for at, line in enumerate(found):
        if line.startswith("Usage:"):
            return found[:at]
    return found


def short_diff(theirs, ours, most=24):
    """`-` is docker's, `+` minidock's; without the headers, and cut."""
    diff = [line for line in difflib.unified_diff(theirs, ours, lineterm="", n=1) if not line.startswith(("---", "+++", "@@"))]
    diff = [line if len(line) <= 300 else line[:297] + "..." for line in diff]
    return diff if len(diff) <= most else diff[:most] + [f"... {len(diff) - most} lines more"]
