"""Arguments that are wrong end in a sentence, like every other wrong input."""

from __future__ import annotations

import argparse
from typing import NoReturn

from healer.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError where argparse would print and leave."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's own words."""
        raise UsageError(f"{message} (see {self.prog} --help)")
