"""Found first on PYTHONPATH, it makes unittest record its test cases, then runs the environment's own namesake.

Every Python that a suite starts runs this file, so it does next to nothing: two modules of unittest are watched for,
and only when they are imported, our recorder is.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any


class Watch:
    """A finder that finds nothing, but calls our recorder right after modules that it wants to know of."""

    def __init__(self) -> None:
        self.expected = ["unittest.main", "unittest.runner"]

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> Any:
        """Give a module's own loader something to do afterwards."""
        if name not in self.expected:
            return None
        self.expected.remove(name)
        spec = PathFinder.find_spec(name, path)
        if not self.expected:
            sys.meta_path.remove(self)
        loader: Any = spec.loader if spec else None
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return spec

        def execute_and_watch(module: Any) -> None:
            del loader.exec_module
            execute(module)
            if os.environ.get("SELF_HEAL_RECORD"):
                from self_heal_unittest import watch  # noqa: PLC0415 - only where it is needed

                watch(module)

        loader.exec_module = execute_and_watch
        return spec


def hand_on() -> None:
    """Run the file of this name that would have been found without us."""
    here = os.path.dirname(os.path.abspath(__file__))
    elsewhere = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if os.environ.get("SELF_HEAL_RECORD"):
    sys.meta_path.insert(0, Watch())
hand_on()
