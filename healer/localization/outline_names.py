"""How definitions of other languages than Python are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healer.patches.syntax_trees import FoundNode

LONGEST_NAME = 200
_FURTHER_DOWN = 50
"""Levels of a declarator (`int (*(*f)(void))[3]`)."""
_RECEIVER = re.compile(r"([^\W\d]\w*)\s*(?:\[[^\]]{0,200}\]\s*)?,?\s*\)$")
_GENERIC = re.compile(r"\s*<.*$", re.DOTALL)
_ARGUMENTS = re.compile(r"<[^:]*>")
_CALLEE = re.compile(r"[\w.$!]+")
_SEPARATOR = {"C++": "::", "PHP": "::", "Ruby": "::", "Rust": "::"}
_GOOGLE_TEST = frozenset({"TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TYPED_TEST_P"})
_TITLES = frozenset({
    "string", "template_string", "encapsed_string", "argument", "constant", "scope_resolution", "simple_symbol",
})  # fmt: skip


def name_of(language: str, node: FoundNode) -> tuple[str, str] | None:
    """Return the plain name of a definition and as much as it says of its full one; None where it has none.

    `int Cart::total()` is `total` and `Cart::total`; a function that is assigned to `Cart.prototype.total` is `total`.
    """
    name = _text(_named(node))
    if language == "Rust" and node.type == "impl_item":
        name = _GENERIC.sub("", name.lstrip("&").removeprefix("dyn ")).rpartition("::")[2]
    if node.type == "export_statement":
        name = "default"
    if not name:
        return None
    own = name
    if name in _GOOGLE_TEST:
        own = ".".join(re.findall(r"\w+", _text(node).partition("{")[0])[1:3]) or name
        name = own.rpartition(".")[2]
    elif node.type == "method_declaration" and (receiver := _RECEIVER.search(_text(_field(node, "receiver")))):
        own = f"{receiver[1]}.{name}"
    elif node.type in {"assignment_expression", "pair"}:
        own = name.strip("'\"")
        name = re.split(r"[.\[\]'\"]+", name.rstrip("]'\""))[-1]
    elif language in {"C++", "Ruby"}:
        own = name if "operator" in name else _ARGUMENTS.sub("", name)
        name = own.rpartition("::")[2]
    return name, own


def name_of_call(node: FoundNode) -> tuple[str, str]:
    """Return the words that a call says what it is for, in its first argument, and how it is called.

    `test.describe("carts", …)` is `carts` and `describe`; `it.only("adds", …)` is `adds` and `it`.
    """
    called = _CALLEE.match(_text(_field(node, "method") or _field(node, "function")))
    parts = called[0].split(".") if called else [""]
    parts = parts[:-1] if len(parts) > 1 and parts[-1] in _MODIFIERS else parts
    arguments = _field(node, "arguments")
    named = [child for child in arguments.children[:3] if child.type in _TITLES] if arguments else []
    title = _text(named[0]).strip("\"'`:") if named else ""
    return title, parts[-1]


_MODIFIERS = frozenset({"only", "skip", "each", "concurrent", "todo", "failing", "serial", "sequential", "parallel"})


def full_name(language: str, parent: str | None, own: str, *, is_call: bool) -> str:
    """Return a definition's name behind that of what it stands in, as its language writes it."""
    separator = " > " if is_call else _SEPARATOR.get(language, ".")
    return f"{parent}{separator}{own}"[-LONGEST_NAME:] if parent else own


def _named(node: FoundNode) -> FoundNode | None:
    """Return the node that holds the name of a definition."""
    for role in ("name", "left", "key", "property"):
        if found := _field(node, role):
            return found
    if node.type in {"lexical_declaration", "variable_declaration"}:
        declared = [child for child in node.children if child.type == "variable_declarator"]
        return _field(declared[0], "name") if declared else None
    if node.type == "indexer_declaration":
        return _field(node, "parameters")
    if node.type == "operator_declaration":
        return _field(node, "operator")
    if node.type in {"impl_item", "conversion_operator_declaration"}:
        return _field(node, "type")
    return _declared(node)


def _declared(node: FoundNode) -> FoundNode | None:
    """Return the innermost declarator, as C and C++ wrap a name in pointers, references and parameters."""
    found = _field(node, "declarator")
    for _ in range(_FURTHER_DOWN):
        if found is None:
            break
        inner = _field(found, "declarator")
        if inner is None and found.type in {"reference_declarator", "parenthesized_declarator"}:
            inner = next((child for child in found.children if child.type.endswith(("declarator", "identifier"))), None)
        if inner is None:
            break
        found = inner
    return found


def _field(node: FoundNode, role: str) -> FoundNode | None:
    return node.child_by_field_name(role)


def _text(node: FoundNode | None) -> str:
    return " ".join((node.text or b"")[:LONGEST_NAME].decode("utf-8", "replace").split()) if node else ""
