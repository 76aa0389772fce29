"""The change that broke it, as a model reads it."""

from __future__ import annotations

import pytest

from healer.engines.model.changed import blamed
from healer.engines.model.fencing import Fence
from healer.models.code import ChangedRange, Culprit, Diagnosis
from tests.engines.model.shop import BASKET, DIAGNOSIS, MARKER, Files

LAST = BASKET.count("\n")


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (ChangedRange("shop/basket.py", 1, 1, ("import os\n",)), ["-import os", f"+{BASKET.splitlines()[0]}"]),
        (ChangedRange("shop/basket.py", 1, 1, ("import os\n",), stood_after=0), ["-import os"]),
        (ChangedRange("shop/basket.py", LAST, LAST, ("# end\n",), stood_after=LAST), ["-# end"]),
    ],
    ids=["replaced", "taken out at the start", "taken out at the end"],
)
def test_only_what_the_change_put_in_is_shown_as_put_in(change: ChangedRange, lines: list[str]) -> None:
    diagnosis = Diagnosis((), (), culprit=Culprit(DIAGNOSIS.commits[0], 0, (change,)))
    told = blamed(diagnosis, Files(), Fence(MARKER, str)).splitlines()
    assert [line for line in told if line.startswith(("-", "+"))] == lines
