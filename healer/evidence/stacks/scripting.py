"""Ruby, Crystal, PHP, Perl, Lua and shells."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Kind, Mark, Said, heading, inward, outward, place

_RUBY = re.compile(r":(\d{1,9}):in [`'\u2018](.{1,300})['\u2019](?=$|:|\])")
_RUBY_LEAD = re.compile(r"(?:# |from |\d{1,6}: from |\[)")
_RUBY_REGION = re.compile(r"^(?:block (?:\(\d{1,4} levels\) )?in|rescue in|ensure in) ")
_CRYSTAL = re.compile(r"from (\S.{0,1023}\.cr):(\d{1,9}):\d{1,9} in '(.{1,300})'$")
_PHP = re.compile(r"#(\d{1,6}) (?:(.{1,1024}?)\((\d{1,9})\)|\[internal function\]): (.{1,300})")
_PHP_CLOSURE = re.compile(r"([^{}]{0,200}\{closure:[^{}]{1,300}?)(?::\d{1,9})?\}")
_PHP_RAISED = re.compile(r" in (\S.{0,1023}?)(?::| on line )(\d{1,9})$")
_PHP_BARE = re.compile(r"((?:/|[A-Za-z]:[\\/]|phar:)[^\n]{1,1024}\.(?:php|phpt|inc|phtml)):(\d{1,9})$")
_PERL = re.compile(r" at (\S.{0,1023}?) line (\d{1,9})(?=$|[.,])")
_PERL_FILE = re.compile(r".{0,1024}\.(?:t|pl|pm|PL|cgi|psgi)$|[\w./\\:-]{0,1023}/[\w.-]{1,200}$|-e$")
_LUA = re.compile(r"(\S[^:\n]{0,1023}\.lua|\[string .{1,200}?\]):(\d{1,9}): in (.{1,300})$")
_LUA_NAME = re.compile(r"(?:function|method|field|local|upvalue|global|metamethod) '([^']{1,200})'|(main chunk)")
_LUA_RAISED = re.compile(r"(?:lua[\w.]{0,8}: )?([^\s:][^:\n]{0,1023}\.lua):(\d{1,9}): ")
_SHELL = re.compile(r"\(?(?:from function .([^\s']{1,200})' )?in (?:test )?file (\S.{0,1023}?), line (\d{1,9})[,)]")
_BASH = re.compile(r"(\S.{0,1023}?\.(?:sh|bash|bats)): line (\d{1,9}): ")
_POWERSHELL = re.compile(
    r"(?:at|At) (?:(\S.{0,200}), )?(\S.{0,1023}\.ps[md]?1): ?(?:line )?(\d{1,9})(?= char:|: line |$)"
)


def ruby(line: str) -> Said | None:
    """Read `p:6:in 'f'`, with `from` or `#` before it; a message behind it tells that a new exception begins."""
    match = _RUBY.search(line)
    if match is None:
        return None
    lead = _RUBY_LEAD.match(line)
    file = line[lead.end() if lead else 0 : match.start()]
    if lead is None:
        file = file.rpartition(": ")[2]
    function = _RUBY_REGION.sub("", match[2])
    if lead and lead[0][0].isdecimal():
        return outward(file, match[1], function)
    if lead is None and line[match.end() :].startswith(":"):
        return Mark(Kind.INWARD, place(file, match[1], function), is_first=True)
    return inward(file, match[1], function)


def crystal(line: str) -> Said | None:
    """Read `from p.cr:6:5 in 'f'`."""
    match = _CRYSTAL.match(line)
    return inward(match[1], match[2], match[3]) if match else None


def php(line: str) -> Said | None:
    """Read `#0 p(6): f()`, which names the function that is called there."""
    match = _PHP.match(line)
    if match is None:
        return Mark(Kind.INWARD, calls="{main}") if line.startswith("#") and line.endswith(" {main}") else None
    closure = _PHP_CLOSURE.match(match[4])
    called = f"{closure[1]}}}" if closure else match[4].partition("(")[0]
    frame = place(match[2], match[3]) if match[2] else None
    return Mark(Kind.INWARD, frame, calls=called, is_first=match[1] == "0")


def php_raised(line: str) -> Said | None:
    """Read `Exception: why in p.php:6` and `in p.php on line 6`; PHPUnit writes the places alone, innermost first."""
    if match := _PHP_BARE.match(line):
        return inward(match[1], match[2])
    if line.startswith("thrown in "):
        return Mark(Kind.BREAK)
    match = _PHP_RAISED.search(line, max(0, line.rfind(" in ")))
    return heading(match[1], match[2]) if match else None


def perl(line: str) -> Said | None:
    """Read `why at p line 6.`, and of Carp's stacks `main::f(1) called at p line 6`."""
    match = _PERL.search(line, max(0, line.rfind(" at ")))
    if match is None:
        match = _PERL.match(f" {line}") if line.startswith("at ") else None
    if match is None or not _PERL_FILE.match(match[1]):
        return None
    called, is_called, _ = line.partition(" called at ")
    if is_called:
        return Mark(Kind.INWARD, place(match[1], match[2]), calls=called.partition("(")[0])
    return heading(match[1], match[2])


def lua(line: str) -> Said | None:
    """Read `p.lua:6: in function 'f'`, and `p.lua:6: why` above the stack."""
    if match := _LUA.match(line):
        name = _LUA_NAME.search(match[3])
        return inward(match[1], match[2], (name[1] or name[2]) if name else None)
    match = _LUA_RAISED.match(line)
    return heading(match[1], match[2]) if match else None


def shell(line: str) -> Said | None:
    """Read what bats (`(in test file p, line 6)`), Bash (`p.sh: line 6: why`) and PowerShell (`at f, p.ps1:6`)."""
    if match := _SHELL.match(line):
        return inward(match[2], match[3], match[1])
    if match := _BASH.match(line):
        return outward(match[1], match[2])
    match = _POWERSHELL.match(line)
    return inward(match[2], match[3], match[1]) if match else None
