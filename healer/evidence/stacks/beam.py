"""Elixir and Erlang: `(application 1.0) lib/a.ex:6: Module.f/1`, `{module,f,1,[{file,"a.erl"},{line,6}]}`."""

from __future__ import annotations

import re

from healer.evidence.stacks.marks import Said, inward

_ELIXIR = re.compile(
    r"(?:\(([a-z]\w{0,100})(?: [^()\s]{1,100})?\) )?"
    r"([^\s():][^:\n]{0,1023}\.(?:exs?|erl|[ehl]?eex)):(\d{1,9}): (\S.{0,300})"
)
_ERLANG_TERM = re.compile(
    r"\{([\w@']{1,200}),('[^'\n]{1,200}'|\w{1,200}),[^{}]{0,200}\[\{file,\s{0,20}\"([^\"\n]{1,1024})\"\},\s{0,20}\{line,(\d{1,9})\}"
)
_ERLANG_CALL = re.compile(r"in (?:function|call from) (\S{1,300}) \((\S.{0,1023}?), line (\d{1,9})\)")
_ELIXIR_CALL = re.compile(
    r"(?:[\w:.\"<>/ @-]{1,300}/\d{1,3}|\((?:test|file|module|stdlib|setup)\)|[\w.]{1,200} \(.{1,80}\))$"
)
_DISTRIBUTED = frozenset(
    {"elixir", "ex_unit", "eex", "iex", "logger", "mix", "stdlib", "kernel", "compiler", "erts", "common_test", "eunit"}
)


def elixir(line: str) -> Said | None:
    """Read a frame of a stack trace; frames of the language's own applications keep these before their path."""
    match = _ELIXIR.match(line)
    if match is None or not (match[1] or _ELIXIR_CALL.match(match[4])):
        return None
    own = line[: line.index(")") + 2] if match[1] in _DISTRIBUTED else ""
    function = match[4].strip()
    return inward(own + match[2], match[3], "test" if function == "(test)" else function)


def erlang(line: str) -> Said | None:
    """Read a frame printed as a term, or in EUnit's words."""
    if match := _ERLANG_TERM.search(line):
        return inward(match[3], match[4], f"{match[1]}:{match[2]}")
    match = _ERLANG_CALL.match(line)
    return inward(match[2], match[3], match[1], is_first=line.startswith("in function")) if match else None
