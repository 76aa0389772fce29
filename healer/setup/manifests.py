"""The files that describe a project, read leniently: what cannot be read says nothing."""

from __future__ import annotations

import configparser
import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from healer.ports import SourceTree

Table = dict[str, Any]
_LARGEST = 4 * 1024 * 1024
"""Lock files of real projects stay below it."""


class Manifests:
    """A project's files by their paths below one folder of a repository."""

    def __init__(self, source: SourceTree, folder: str = "") -> None:
        self._source = source
        self._prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        cut = len(self._prefix)
        self.paths = frozenset(path[cut:] for path in source.paths if path.startswith(self._prefix))
        self._tables: dict[str, Table] = {}

    def __contains__(self, path: str) -> bool:
        return path in self.paths

    def text(self, path: str) -> str:
        """Return a file's text, empty when there is none or it is too large to be a manifest."""
        if path not in self.paths:
            return ""
        data = self._source.read(self._prefix + path)
        return data.decode("utf-8", "replace") if len(data) <= _LARGEST else ""

    def toml(self, path: str) -> Table:
        """Return a TOML document, empty when it cannot be read."""
        if path not in self._tables:
            try:
                self._tables[path] = tomllib.loads(self.text(path))
            except (tomllib.TOMLDecodeError, RecursionError):
                self._tables[path] = {}
        return self._tables[path]

    def json(self, path: str) -> Table:
        """Return a JSON object, empty when it cannot be read."""
        try:
            document = json.loads(self.text(path) or "{}")
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    def ini(self, path: str) -> dict[str, dict[str, str]]:
        """Return an INI document, empty when it cannot be read."""
        return self.parsed_ini(self.text(path))

    @staticmethod
    def parsed_ini(text: str) -> dict[str, dict[str, str]]:
        """Return the sections of an INI text, empty when it cannot be read."""
        parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(" #",))
        try:
            parser.read_string(text)
        except configparser.Error:
            return {}
        return {section: dict(parser.items(section)) for section in parser.sections()}

    def at_root(self, *names: str) -> tuple[str, ...]:
        """Return those of these names that stand at the project's root."""
        return tuple(name for name in names if name in self.paths)


def table(document: Any, *keys: str) -> Table:
    """Return the table below a path of keys, empty when anything on the way is something else."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def words(value: Any) -> tuple[str, ...]:
    """Return the strings of a list, or those that a text holds line by line."""
    if isinstance(value, str):
        value = [line.strip() for line in value.splitlines()]
    return tuple(one for one in value if isinstance(one, str) and one) if isinstance(value, list) else ()
