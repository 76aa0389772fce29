"""Every exception-directed template, by name; a new one is a function with a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.engines.embedded.attributes import unknown_attribute
from healer.engines.embedded.keys import unknown_key
from healer.engines.embedded.missing_modules import unknown_import, unknown_module
from healer.engines.embedded.names import unbound_local, unknown_name
from healer.engines.embedded.signatures import mismatched_call
from healer.engines.embedded.syntax import unparsable_line

if TYPE_CHECKING:
    from healer.engines.embedded.case import Template

TEMPLATES: dict[str, Template] = {
    "unknown-name": unknown_name,
    "unbound-local": unbound_local,
    "unknown-attribute": unknown_attribute,
    "unknown-import": unknown_import,
    "unknown-module": unknown_module,
    "mismatched-call": mismatched_call,
    "unknown-key": unknown_key,
    "unparsable-line": unparsable_line,
}
