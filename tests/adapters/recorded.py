"""Real sessions of real runners, recorded."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healer.adapters.folders import make_channel
from healer.adapters.sandbox import PAYLOAD, Order, execute
from healer.evidence.record import parse_record
from tests.adapters.outsider import NONE
from tests.projects import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from healer.evidence.record import Record
    from healer.models.evidence import CaseOutcome, Failure
    from tests.projects import Content

PYTEST = ("-m", "pytest", "--rootdir=.")
UNITTEST = ("-m", "unittest")


@dataclass(frozen=True, slots=True)
class Ran:
    """One recorded run."""

    record: Record
    raw: bytes
    exit_code: int | None
    output: str

    @property
    def outcomes(self) -> dict[str, CaseOutcome]:
        return self.record.outcomes

    def failure(self, test: str) -> Failure:
        return next(failure for failure in self.record.failures if failure.id == test)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Runs pytest, or another runner, on files below one folder, with our recorders."""

    folder: Path

    def __call__(
        self,
        files: Mapping[str, Content],
        *options: str,
        only: Sequence[str] | None = None,
        in_order: bool = False,
        checkouts: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        runner: Sequence[str] = PYTEST,
        seconds: float = 120.0,
    ) -> Ran:
        tree = self.folder / "tree"
        for name, content in files.items():
            write(tree / name, content)
        channel = self.folder / "record"
        channel.unlink(missing_ok=True)
        make_channel(channel, NONE)
        variables = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONPATH": f"{PAYLOAD}:{tree}",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": "-p self_heal_recorder",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "SELF_HEAL_RECORD": str(channel), "SELF_HEAL_TREE": str(tree),
            "SELF_HEAL_CHECKOUTS": json.dumps([str(checkout) for checkout in checkouts]), **(environment or {}),
        }  # fmt: skip
        if only is not None:
            (self.folder / "only.json").write_text(json.dumps({"ids": [*only], "in_order": in_order}), "utf-8")
            variables["SELF_HEAL_ONLY"] = str(self.folder / "only.json")
        argv = (python, *runner, *options)
        ended = execute(Order(argv, tree, variables, seconds, channel=channel), NONE)
        return Ran(parse_record(ended.record), ended.record, ended.exit_code, ended.output)
