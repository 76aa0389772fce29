"""A pytest plugin that counts which test cases ran which lines of the repository's code; see `self_heal_counts`.

It is loaded with `-p self_heal_spectra` beside the recorder, into whatever Python (3.8 and later) the suite uses.
Workers of pytest-xdist are processes of their own, which count for themselves.
"""

from __future__ import annotations

from typing import Any, Generator

import pytest
from self_heal_counts import Counts


class Spectra:
    """The plugin."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.outcomes: set[str] = set()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, None]:
        """Watch one test case with its set-up and its tear-down."""
        self.outcomes = set()
        self.counts.begin()
        yield
        if self.outcomes == {"passed"}:
            self.counts.end(item.nodeid, "passed")
        else:
            self.counts.end(item.nodeid, "failed" if "failed" in self.outcomes else "")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, None]:
        """Remember how each phase ended; a failure that is expected is none."""
        self.counts.pause()
        outcome = yield
        self.counts.resume()
        report = outcome.get_result()
        self.outcomes.add("xfailed" if hasattr(report, "wasxfail") else report.outcome)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the counts down."""
        self.counts.leave()


spectra = Spectra(Counts.ordered())
globals().update({name: getattr(spectra, name) for name in dir(spectra) if name.startswith("pytest_")})
