"""What an installer's output says of why it failed: the lines that decide, by rules, without the rest."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MOST_LINES = 8
_LONGEST_LINE = 300
_LAST_LINES = 5
_SCANNED = 200_000

_DECISIVE = (
    # pip and uv: what could not be resolved
    re.compile(r"^\s*ERROR: (No matching distribution|Could not find a version|Package '.*' requires a different)"),
    re.compile(r"^\s*ERROR: (Cannot install|ResolutionImpossible|Could not open requirements|Invalid requirement)"),
    re.compile(r"^\s*ERROR: (THESE PACKAGES DO NOT MATCH|Hash|In --require-hashes|.* does not appear to be a Python)"),
    re.compile(r"^\s*ERROR: (Could not install packages|Directory|Exception|HTTP error|File .* does not exist)"),
    re.compile(r"^\s+(?:\S+ [\w.+-]+|The user requested.*|[\w.\[\]-]+ \S+) (depends on|requested) "),
    re.compile(r"^\s+The user requested "),
    re.compile(r"^\s*(?:\N{MULTIPLICATION SIGN}|error:) (No solution|Failed to|.* is not compatible|The lockfile)"),
    re.compile(r"^\s*\u2570\u2500.{0,2}\u25b6 "),
    re.compile(r"^\s*(cause: )?(Because|And because|we can conclude|hint: ) ?\S+"),
    re.compile(r"Could not resolve host(?!name )|no such host|[Cc]onnection (refused|reset)"),
    re.compile(r"[Nn]ame or service not known|Temporary failure in name resolution"),
    # compilers and builds
    re.compile(r"^\s*[^\s:]+\.[A-Za-z+]{1,4}:\d+(:\d+)?: (fatal )?error: "),
    re.compile(r"^\s*(error: |error\[E\d+\]: )(?!subprocess-exited|metadata-generation|legacy-install|externally)"),
    re.compile(r"^\s*(\w+: )?(command not found|No such file or directory: )|: not found$|: command not found"),
    re.compile(r"^\s*\w*(?:Error|Exception|SystemExit)\b(?:: .+)?$"),
    re.compile(r"^\s*\w+(?:\.\w+)+(?:Error|Exception): .+"),
    # npm, pnpm, yarn
    re.compile(r"^npm (?:ERR!|error) (?:code |\d{3} |.*(?:not in this registry|lock file|peer |Missing:|Invalid:))"),
    re.compile(r"^npm (?:ERR!|error) .*(?:`npm ci`|engine|ENOENT|\bE[A-Z]{3,})"),
    re.compile(r"^\u27a4 YN(?!0000|0013|0050|0060|0085)\d{4}: \u2502 [^\s@+-]"),
    re.compile(r"^\s*(?:Error: )?ERR_PNPM_\w+|^\s+- \S+ \(lockfile: |^error An unexpected"),
    re.compile(r"^error (?:Couldn't|Your lockfile|Received)"),
    # go, cargo, maven, gradle
    re.compile(r"^go: .+"),
    re.compile(r"^error: .+|^\s+(?:required by package|perhaps you meant|location searched)"),
    re.compile(r"^\[ERROR\] (?!\[Help|To see|Re-run|For more|\s*$|->)"),
    re.compile(r"^(?:> Could not|> No such|\* What went wrong)"),
)  # fmt: skip
_NOISE = re.compile(
    r"Failed building wheel for|Failed to build|subprocess-exited-with-error|note: This (error|is an issue)"
    r"|metadata-generation-failed|did not run successfully|Encountered error while|exit code: 1|A complete log of"
    r"|^\s*(?:Traceback|File \")|pip's dependency resolver does not currently|npm error (?:A complete|\s*$)"
    r"|^ERROR: Exception:|build failed with exit code|returned non-zero exit status|spurious network error"
    r"|npm error 404 (?:Note that|tarball)|^ERROR: Ignored the following"
)


_VERSIONS = re.compile(r"\(from versions: ([^,()]+),[^()]*, ([^,()]+)\)")


def decisive(output: str) -> tuple[str, ...]:
    """Return at most eight lines that say why a set-up failed: those that rules know, else the last ones."""
    lines = [_COLOURS.sub("", line).rstrip() for line in output[-_SCANNED:].splitlines()]
    said = [line.strip() for line in lines if line.strip()]
    found = [line.strip() for line in lines if not _NOISE.search(line) and any(rule.search(line) for rule in _DECISIVE)]
    chosen = list(dict.fromkeys(found))
    if len(chosen) > _MOST_LINES:
        chosen = [*chosen[: _MOST_LINES // 2], *chosen[-_MOST_LINES // 2 :]]
    shown = (_VERSIONS.sub(r"(versions \1 to \2)", line) for line in chosen or said[-_LAST_LINES:])
    return tuple(_shortened(line) for line in shown)


def _shortened(line: str) -> str:
    """Return a line of bounded length: what failed stands at its beginning, and why often at its end."""
    plain = line.removesuffix(" -> [Help 1]")
    if len(plain) <= _LONGEST_LINE:
        return plain
    half = (_LONGEST_LINE - 3) // 2
    return f"{plain[:half]} … {plain[-half:]}"
