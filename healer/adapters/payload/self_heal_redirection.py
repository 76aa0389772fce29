"""Imports of the repository's own code, led from the user's checkout to the tree under test."""

from __future__ import annotations

import json
import os
import sys

from self_heal_channel import below


class Redirection:
    """Makes an editable install of a checkout point at the tree, and knows what came from a checkout all the same."""

    def __init__(self, checkouts: list[str], tree: str) -> None:
        self.checkouts, self.tree = checkouts, tree

    @classmethod
    def ordered(cls) -> Redirection:
        """Return what the environment asks for (SELF_HEAL_CHECKOUTS, SELF_HEAL_TREE)."""
        return cls(json.loads(os.environ.get("SELF_HEAL_CHECKOUTS") or "[]"), os.environ.get("SELF_HEAL_TREE", ""))

    def owner(self, path: str) -> str | None:
        """Return the checkout that a path belongs to, or None: also for what is installed in it, and for the tree."""
        if below(path, self.tree):
            return None
        checkout = next((checkout for checkout in self.checkouts if below(path, checkout)), None)
        if checkout is None or "site-packages" in path[len(checkout) :].split(os.sep):
            return None
        installed = below(sys.prefix, checkout) and below(path, os.path.join(sys.prefix, "lib"))
        return None if installed else checkout

    def moved(self, path: str) -> str:
        """Return the same place in the tree under test, for a path of a checkout; other paths stay."""
        real = os.path.realpath(path)
        owner = self.owner(real) if path else None
        return path if owner is None else self.tree + real[len(owner.rstrip(os.sep)) :]

    def apply(self) -> None:
        """Rewrite `sys.path` and the mappings of setuptools' editable finders."""
        sys.path[:] = [self.moved(entry) for entry in sys.path]
        for finder in sys.meta_path:
            module = sys.modules.get(getattr(finder, "__module__", None) or "")
            mapping = getattr(module, "MAPPING", None)
            if isinstance(mapping, dict):
                for name, place in list(mapping.items()):
                    if isinstance(place, str):
                        mapping[name] = self.moved(place)
            namespaces = getattr(module, "NAMESPACES", None)
            if isinstance(namespaces, dict):
                for name, places in list(namespaces.items()):
                    namespaces[name] = [self.moved(place) for place in places]

    def foreign(self) -> list[str]:
        """Return names of the modules that were imported from the user's checkout."""
        names = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and self.owner(os.path.realpath(path)):
                names.append(name)
        return sorted(names)[:20]
