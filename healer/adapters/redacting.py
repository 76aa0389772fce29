"""A suite whose runs hold no secret: whatever tests print goes on to prompts, pull requests, summaries and logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.errors import SuiteError
from healer.models.spectra import Watch

if TYPE_CHECKING:
    from collections.abc import Collection

    from healer.models.evidence import Failure
    from healer.models.proof import SuiteRun
    from healer.ports import Suite

Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class RedactingSuite:
    """Satisfies `ports.Suite` around another."""

    suite: Suite
    redact: Redact

    def run(
        self, tree: str | None = None, *, only: Collection[str] | None = None, in_order: bool = False,
        time_limit: float | None = None, watch: Watch = Watch.NO,
    ) -> SuiteRun:  # fmt: skip
        """Run the suite; see `ports.Suite`."""
        try:
            run = self.suite.run(tree, only=only, in_order=in_order, time_limit=time_limit, watch=watch)
        except SuiteError as error:
            raise SuiteError(self.redact(error.sentence), code=error.code) from None
        return replace(run, failures=tuple(map(self._redacted, run.failures)), output=self.redact(run.output))

    def _redacted(self, failure: Failure) -> Failure:
        return replace(failure, message=self.redact(failure.message), text=self.redact(failure.text))
