"""Names that a failure says are missing: what compilers, interpreters and analysers say, reduced to the name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healer.models.evidence import Failure

LOOKED_AT = 8_000
"""Characters at the end of what a failure says; what is missing is said last."""
LONGEST = 80
_Q = "[`'\"\u2018\u2019\u201c\u201d]"
_N = rf"(?P<name>[^\W\d]\w{{0,{LONGEST}}})"
_OWNER = rf"{_Q}?(?P<owner>[\w.:$\\]{{1,200}}){_Q}?"
_AT = r"(?:class|interface|variable \w{1,80} of type)"
_PART = r"(?:method|field|function or associated item|variant or associated item|variant)"
_SAYINGS = tuple(
    re.compile(saying)
    for saying in (
        # Python and its analysers
        rf"cannot import name {_Q}{_N}{_Q} from (?:partially initialized module )?{_OWNER}",
        rf"(?:module|type object) {_OWNER} has no attribute {_Q}{_N}{_Q}",
        rf"{_Q}(?P<owner>[\w.]{{1,200}}){_Q} (?P<value>object) has no attribute {_Q}{_N}{_Q}",
        rf"\b(?:free variable |cannot access local variable )?[Nn]ame {_Q}{_N}{_Q} is not defined",
        rf"Undefined (?:name|variable|local) {_Q}{_N}{_Q}",
        rf"No name {_Q}{_N}{_Q} in module {_OWNER}",
        rf"(?:Module|Class|Instance of) {_OWNER} has no {_Q}{_N}{_Q} member",
        rf"(?:Module )?{_OWNER} has no attribute {_Q}{_N}{_Q}",
        # Go
        rf"undefined \(type \*?{_OWNER}(?:\[[^\n\]]{{0,80}}\])? has no field or method {_N}",
        rf"undefined: (?:(?P<owner>\w{{1,80}})\.)?{_N}",
        rf"unknown field {_N} in struct literal of type {_OWNER}",
        # Java, Kotlin, C#, PHP, Ruby, Swift
        rf"symbol:\s{{1,9}}(?:class|method|variable) {_N}(?:\([^\n]{{0,200}})?(?:\s{{1,40}}location: {_AT} {_OWNER})?",
        rf"[Uu]nresolved reference:? {_Q}?{_N}",
        rf"The (?:type or namespace )?name {_Q}{_N}{_Q} (?:does not exist|could not be found)",
        rf"{_OWNER} does not contain a definition for {_Q}{_N}{_Q}",
        rf"Call to undefined (?:function|method) (?:{_OWNER}::)?{_N}\(",
        rf"undefined (?:local variable or )?method {_Q}{_N}{_Q}",
        rf"uninitialized constant (?:(?P<owner>[\w:]{{1,200}})::)?{_N}",
        rf"cannot find {_Q}{_N}{_Q} in scope",
        # JavaScript and TypeScript
        rf"Cannot find name {_Q}{_N}{_Q}",
        rf"Property {_Q}{_N}{_Q} does not exist on type {_OWNER}",
        rf"has no exported member (?:named )?{_Q}{_N}{_Q}",
        rf"does not provide an export named {_Q}{_N}{_Q}",
        rf"\b(?:[\w$]{{1,80}}\.){{0,5}}{_N} is not (?:defined|a function|a constructor)\b",
        # Rust
        rf"cannot find [a-z ,]{{1,60}} {_Q}{_N}{_Q} in ",
        rf"no {_PART} (?:named )?{_Q}{_N}{_Q} (?:found for|on type) [a-z ]{{0,60}}{_Q}&?{_OWNER}",
        rf"unresolved import {_Q}(?:(?P<owner>[\w:]{{1,200}})::)?{_N}{_Q}",
        # C and C++
        rf"{_Q}{_N}{_Q} (?:was not declared in this scope|undeclared)",
        rf"no member named {_Q}{_N}{_Q} in {_OWNER}",
        rf"has no member named {_Q}{_N}{_Q}",
        rf"use of undeclared identifier {_Q}{_N}{_Q}",
        rf"implicit declaration of function {_Q}{_N}{_Q}",
        rf"undefined reference to {_Q}{_N}",
    )
)
_MEANT = re.compile(
    rf"(?:[Dd]id you mean:? |maybe |name exists: ){_Q}(?:[\w$]{{1,80}}(?:\.|::)){{0,5}}{_N}{_Q}"
    rf"|but does have (?:field|method) (?P<other>[^\W\d]\w{{0,{LONGEST}}})"
)
_REDEFINED = re.compile(
    r"\b[Rr]edefinition of |\bredefined\b|\balready defined\b|^Duplicate (?:identifier|name|class member)"
)
_SUGGESTIONS = 2


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is not there, what it was looked for in (a module or a type; empty: not said), and what is offered.

    Both are the words of the failure, which anybody may have written.
    """

    name: str
    owner: str = ""
    offered: tuple[str, ...] = ()
    is_of_value: bool = False
    """Whether the owner is the type of a value that was met, which need not be what is wrong."""


def missing(failure: Failure) -> Iterator[Missing]:
    """Yield each name that a failure says is missing, once, in the order in which they are said."""
    said = f"{failure.message[-LOOKED_AT:]}\n{failure.text[-LOOKED_AT:]}"
    found: dict[str, Missing] = {}
    first: dict[str, int] = {}
    for saying in _SAYINGS:
        for match in saying.finditer(said):
            known = match.groupdict()
            name, owner = known["name"], (known.get("owner") or "").strip(".:")
            following = said[match.end() : match.end() + 200].partition("\n\n")[0]
            offered = dict.fromkeys(one["name"] or one["other"] for one in _MEANT.finditer(following))
            first[name] = min(first.get(name, match.start()), match.start())
            if name not in found or (owner and not found[name].owner):
                found[name] = Missing(name, owner, tuple(offered)[:_SUGGESTIONS], bool(known.get("value")))
    yield from sorted(found.values(), key=lambda one: first[one.name])


def is_redefinition(failure: Failure) -> bool:
    """Whether an analyser says that a definition replaces an earlier one."""
    return failure.rule is not None and _REDEFINED.search(failure.message[:LOOKED_AT]) is not None
