"""The folders of one run of a suite, with our recorders in them, and the variables that tell those what to do."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.adapters.sandbox import PAYLOAD
from healer.models.spectra import Watch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

RECORDER, COUNTER = "self_heal_recorder", "self_heal_spectra"
_RECORDERS = (
    RECORDER, "self_heal_channel", "self_heal_limit", "self_heal_redirection", "self_heal_unittest",
    "self_heal_unittest_ids", "sitecustomize",
)  # fmt: skip
_COUNTERS = (COUNTER, "self_heal_counts", "self_heal_tracers")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder and those below it."""

    folder: Path

    @property
    def tree(self) -> Path:
        """The copy under test."""
        return self.folder / "tree"

    @property
    def home(self) -> Path:
        """HOME of the tests."""
        return self.folder / "home"

    @property
    def scratch(self) -> Path:
        """TMPDIR of the tests."""
        return self.folder / "tmp"

    @property
    def plugins(self) -> Path:
        """Our recorders."""
        return self.folder / "plugins"

    @property
    def reports(self) -> Path:
        """Where a runner is made to leave its report."""
        return self.folder / "reports"

    @property
    def spectra(self) -> Path:
        """Where processes leave which lines ran; it is there when the run is watched."""
        return self.folder / "spectra"

    @property
    def channel(self) -> Path:
        """The FIFO of the record."""
        return self.folder / "record"

    def make(self, only: Collection[str] | None, *, in_order: bool, watch: Watch) -> None:
        """Make the folders, and put the recorders there with the test ids that are asked for."""
        self.folder.mkdir(mode=0o700)
        for folder in (self.tree, self.home, self.scratch, self.plugins, self.reports):
            folder.mkdir()
        recorders: tuple[str, ...] = _RECORDERS
        if watch is not Watch.NO:
            self.spectra.mkdir()
            recorders += _COUNTERS
        for name in recorders:
            shutil.copyfile(PAYLOAD / f"{name}.py", self.plugins / f"{name}.py")
        if only is not None:
            asked = {"ids": list(only) if in_order else sorted(only), "in_order": in_order}
            self._only.write_text(json.dumps(asked), encoding="utf-8")

    def recording(self, options: str, checkouts: Sequence[Path], case_seconds: float, watch: Watch) -> dict[str, str]:
        """Return what the recorders are told; `options` are those that pytest has from its environment already."""
        plugins = f"-p {RECORDER}" if watch is Watch.NO else f"-p {RECORDER} -p {COUNTER}"
        variables = {
            "PYTEST_ADDOPTS": f"{plugins} {options}".rstrip(),
            "SELF_HEAL_RECORD": str(self.channel),
            "SELF_HEAL_TREE": str(self.tree),
            "SELF_HEAL_CHECKOUTS": json.dumps([str(checkout) for checkout in checkouts]),
            "SELF_HEAL_CASE_SECONDS": f"{case_seconds:g}",
        }
        if self._only.exists():
            variables["SELF_HEAL_ONLY"] = str(self._only)
        if watch is not Watch.NO:
            variables["SELF_HEAL_SPECTRA"] = str(self.spectra)
        if watch is Watch.IF_CHEAP:
            variables["SELF_HEAL_CHEAP"] = "1"
        return variables

    @property
    def _only(self) -> Path:
        return self.plugins / "only.json"
