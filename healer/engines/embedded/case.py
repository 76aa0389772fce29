"""What an exception-directed template is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from healer import layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.engines.embedded.complaint import Complaint
    from healer.engines.embedded.repair import Repair
    from healer.localization.inquiry import Inquiry, Site
    from healer.localization.pysource import PythonModule, SourceIndex
    from healer.models.evidence import Failure

_DEPTH = 4
"""Source frames looked at, innermost first."""


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint of one failure, with the code it was raised in."""

    complaint: Complaint
    failure: Failure
    inquiry: Inquiry

    @property
    def index(self) -> SourceIndex:
        """The repository's files."""
        return self.inquiry.index

    def places(self) -> Iterator[tuple[PythonModule, Site]]:
        """Yield the source frames that parse, innermost first."""
        for site in [site for site in self.inquiry.sites(self.failure) if layout.is_source(site.path)][:_DEPTH]:
            module = self.index.module(site.path)
            if module and site.line <= module.line_count:
                yield module, site

    @property
    def raised_in_test(self) -> bool:
        """Whether the innermost repository frame is a test's: the test names what the source should offer."""
        sites = self.inquiry.sites(self.failure)
        return bool(sites) and not layout.is_source(sites[0].path)


class Template(Protocol):
    """A pure function from a complaint to repairs; not understood means none."""

    def __call__(self, case: Case) -> Iterable[Repair]:
        """Yield repairs in any order; their likelihood orders them."""
