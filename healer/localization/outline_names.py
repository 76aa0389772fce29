"""How definitions of other languages than Python are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healer.patches.syntax_trees import FoundNode

LONGEST_NAME = 200
_FURTHER_DOWN = 50
_RECEIVER = re.compile(r"([^\W\d]\w*)\s*(?:\[[^\]]{0,200}\]\s*)?\)$")
_GENERIC = re.compile(r"\s*<.*$", re.DOTALL)
_PATHS = frozenset({"C++", "PHP", "Ruby", "Rust"})
_GOOGLE_TEST = frozenset({"TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TYPED_TEST_P"})
_STRINGS = frozenset({"string", "template_string", "encapsed_string", "constant", "scope_resolution", "simple_symbol"})
