"""The prompt's own words: templates that come with the package, each with a version in its first line."""

from __future__ import annotations

import functools
import importlib.resources
import re
import string
from dataclasses import dataclass

_HEADER = re.compile(r"version: (\d+)\n\n")


@dataclass(frozen=True, slots=True)
class Template:
    """One text with places for values; a change of its words is a new version."""

    name: str
    version: int
    text: str

    def fill(self, **values: str) -> str:
        """Return the text with every place filled; a dollar sign in a value is just that."""
        return string.Template(self.text).substitute(values)


@functools.cache
def template(name: str) -> Template:
    """Return a template of the package by its name."""
    text = importlib.resources.files(__package__).joinpath("prompts", f"{name}.md").read_text(encoding="utf-8")
    header = _HEADER.match(text)
    if header is None:
        raise ValueError(f"the template {name} does not begin with its version")
    return Template(name, int(header[1]), text[header.end() :].rstrip("\n"))


def names() -> tuple[str, ...]:
    """Return the names of all templates, in alphabetical order."""
    folder = importlib.resources.files(__package__).joinpath("prompts")
    return tuple(sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")))
