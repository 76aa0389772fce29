"""Ruby, Elixir, Erlang, Julia, Haskell, R, Lua and Perl."""

from __future__ import annotations

import re

from healer.evidence.thrown.headlines import exception_type, message_from

Found = tuple[str | None, str]
_RUBY = re.compile(
    r"^\S[^\n]{0,1023}?:\d{1,9}:in [`'][^\n]{1,300}?': ([^\n]{0,4000}) \(([A-Z][\w:]{0,200})\)$", re.MULTILINE
)
_RSPEC = "Failure/Error:"
_RSPEC_TYPE = re.compile(r"([A-Z]\w{0,100}(?:::\w{1,100}){0,8}):$")
_ELIXIR = re.compile(
    r"^[ \t]{0,40}\*\* \((?:(?:EXIT from [^)]{1,100}|exit|throw)|([A-Z][\w.]{0,200}))\) (.{1,4000})", re.MULTILINE
)
_ERLANG = re.compile(r"^\*{0,3} ?\*?(error|exit|throw):(.{1,1000})$", re.MULTILINE)
_JULIA = re.compile(r"^ERROR: (?:LoadError: ){0,8}(.{1,4000})", re.MULTILINE)
_HASKELL = re.compile(r"^[ \t]{0,40}(?:uncaught exception: (\w{1,100})|\*\*\* Exception: (.{1,4000}))", re.MULTILINE)
_R = re.compile(r"^(?:<simpleError in .{1,300}?: |Error(?: in .{1,300}?)? ?: ?)(\S.{0,4000}?)>?$", re.MULTILINE)
_LUA = re.compile(r"^(?:lua[\w.]{0,8}: )?[^\s:][^:\n]{0,1023}\.lua:\d{1,9}: (.{1,4000})$", re.MULTILINE)
_PERL = re.compile(
    r"^(?!#)(\S.{0,2000}) at (?:\S{1,1024}\.(?:t|pl|pm|PL)|-e|\(eval \d{1,9}\)) line \d{1,9}[.,]", re.MULTILINE
)


def ruby(text: str) -> Found | None:
    """Return the exception of a Ruby program, or what RSpec says below `Failure/Error:`."""
    if (":in `" in text or ":in '" in text) and (match := _RUBY.search(text)):
        return match[2], f"{match[2]}: {match[1]}"
    if _RSPEC not in text:
        return None
    lines = text[text.index(_RSPEC) :].split("\n", 80)[1:80]
    blank = next((number for number, line in enumerate(lines) if not line.strip()), None)
    lines = lines if blank is None else lines[blank + 1 :]
    if not lines:
        return None
    said = message_from(lines)
    first, _, rest = said.partition("\n")
    kind = _RSPEC_TYPE.match(first)
    return (kind[1], f"{first} {rest}".strip()) if kind else (exception_type(first), said)


def beam(text: str) -> Found | None:
    """Return the exception of an Elixir or Erlang process."""
    if "** (" in text and (match := _ELIXIR.search(text)):
        return match[1] or "exit", f"{match[1]}: {match[2]}" if match[1] else match[2]
    if "{file," in text or "in function " in text:
        match = _ERLANG.search(text)
        return (match[1], f"{match[1]}:{match[2]}") if match else None
    return None


def julia(text: str) -> Found | None:
    """Return the exception of a Julia program."""
    match = _JULIA.search(text) if "ERROR: " in text and ".jl" in text else None
    return (exception_type(match[1]) or "ErrorException", match[1]) if match else None


def haskell(text: str) -> Found | None:
    """Return the exception that a Haskell program or Hspec reports."""
    match = _HASKELL.search(text) if "exception: " in text or "*** Exception: " in text else None
    if match is None:
        return None
    return (match[1], message_from(text[match.start() :].split("\n", 40)[:40])) if match[1] else (None, match[2])


def lua(text: str) -> Found | None:
    """Return what a Lua program died of; its errors have no type."""
    match = _LUA.search(text) if ".lua:" in text else None
    return (None, match[1]) if match else None


def r(text: str) -> Found | None:
    """Return what an R program stopped with."""
    match = _R.search(text) if "Error" in text and (".R" in text or "Backtrace:" in text) else None
    return ("simpleError", match[1]) if match else None


def perl(text: str) -> Found | None:
    """Return what a Perl program died of; its errors have no type unless they are objects."""
    match = _PERL.search(text) if " line " in text else None
    return (exception_type(match[1]), match[1]) if match else None
