"""What an exception-directed template is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from healer import layout
from healer.localization.pysource import SIZE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.engines.embedded.complaint import Complaint
    from healer.engines.embedded.repair import Repair
    from healer.localization.inquiry import Inquiry, Site
    from healer.localization.pysource import PythonModule, SourceIndex
    from healer.models.evidence import Failure

_PLACE = re.compile(r'File "([^"\n]{1,500})", line (\d{1,7})')
_SCANNED = 20_000
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

    def unparsable(self) -> Iterator[tuple[str, bytes, int]]:
        """Yield path, bytes and 1-based line of each source file that the failure says cannot be parsed."""
        text = f"{self.failure.text[-_SCANNED:]}\n{self.failure.message[-_SCANNED:]}"
        places = [(file, int(line)) for file, line in reversed(_PLACE.findall(text))]
        places += [(site.path, site.line) for site in self.inquiry.sites(self.failure)]
        for file, line in dict.fromkeys(places):
            path = self.inquiry.paths.resolve(file)
            if path and layout.is_source(path) and path.endswith(".py") and self.index.module(path) is None:
                data = self.index.source.read(path)
                if len(data) <= SIZE_LIMIT and line <= data.count(b"\n") + 1:
                    yield path, data, line

    @property
    def raised_in_test(self) -> bool:
        """Whether the innermost repository frame is a test's: the test names what the source should offer."""
        sites = self.inquiry.sites(self.failure)
        return bool(sites) and not layout.is_source(sites[0].path)


class Template(Protocol):
    """A pure function from a complaint to repairs; not understood means none."""

    def __call__(self, case: Case) -> Iterable[Repair]:
        """Yield repairs in any order; their likelihood orders them."""
