"""A cap for a day, whoever spends."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from healer.adapters.models.anthropic import AnthropicClient
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.errors import BudgetExhausted, ModelUnavailable, UsageError
from healer.models.change import Usage
from healer.ports import Message, ModelRequest
from tests.model_server import Fails, HangsUp, Raw, Says, model_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.model_server import Reply

DAY = dt.date(2026, 11, 22)


def ledger(folder: Path, cap: float = 1.0, day: dt.date = DAY) -> DailyLedger:
    return DailyLedger(folder, cap, lambda: day)


def file_in(folder: Path, day: dt.date = DAY) -> Path:
    return folder / f"spending-{day.isoformat()}.jsonl"


def test_what_one_run_spends_the_next_one_cannot(tmp_path: Path) -> None:
    first = Budget(5.0, 9, ledger(tmp_path / "state"))
    first.reserve(0.9).commit(Usage(input_tokens=10, output_tokens=2, cost_usd=0.7))
    second = Budget(5.0, 9, ledger(tmp_path / "state"))
    with pytest.raises(BudgetExhausted, match=r"\$0\.7000 spent or reserved today .*\$1\.00 a day") as refused:
        second.reserve(0.4)
    assert refused.value.code == "budget_day"
    assert (second.calls, second.usage) == (0, Usage())
    second.reserve(0.3)


def test_a_call_that_was_not_made_costs_the_day_nothing(tmp_path: Path) -> None:
    budget = Budget(5.0, 9, ledger(tmp_path))
    budget.reserve(1.0).release()
    budget.reserve(1.0).charge()
    assert ledger(tmp_path).spent_usd == 1.0


def test_what_a_killed_run_had_reserved_counts_until_the_day_is_over(tmp_path: Path) -> None:
    ledger(tmp_path).reserve(0.6)
    with pytest.raises(BudgetExhausted):
        ledger(tmp_path).reserve(0.5)
    tomorrow = ledger(tmp_path, day=DAY + dt.timedelta(days=1))
    tomorrow.reserve(0.5)
    assert tomorrow.spent_usd == 0.5


def test_a_call_over_midnight_is_settled_on_its_own_day(tmp_path: Path) -> None:
    entry = ledger(tmp_path).reserve(0.6)
    ledger(tmp_path, day=DAY + dt.timedelta(days=1)).settle(entry, Usage(cost_usd=0.1))
    assert ledger(tmp_path).spent_usd == 0.1


def test_the_file_holds_tokens_too_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    one = ledger(tmp_path / "state")
    one.settle(one.reserve(0.5), Usage(1, 2, 3, 4, 0.25))
    reserved, settled = map(json.loads, file_in(tmp_path / "state").read_text("utf-8").splitlines())
    assert reserved == {"entry": settled["entry"], "reserved_usd": 0.5}
    assert {name: settled[name] for name in settled if name != "entry"} == {
        "cost_usd": 0.25, "input": 1, "output": 2, "cache_read": 3, "cache_write": 4,
    }  # fmt: skip
    assert file_in(tmp_path / "state").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{}\n", "line 1 is not one of its own"),
        (b"not json\n", "line 1"),
        (b'{"entry": "a", "cost_usd": -1}\n', "line 1"),
        (b'{"entry": "a", "cost_usd": NaN}\n', "line 1"),
        (b'{"entry": "a", "cost_usd": true}\n', "line 1"),
        (b'{"entry": "a", "cost_usd": 1e999}\n', "line 1"),
        (b'{"entry": 7, "cost_usd": 1}\n', "line 1"),
        (b'{"entry": "a", "cost_usd": 1, "reserved_usd": 1}\n', "line 1"),
        (b'{"entry": "a", "cost_usd": 0.1}\n[]\n', "line 2"),
        (b'{"entry": "a", "cost_usd": 0.1}', "cut off"),
        (b"[" * 100_000 + b"\n", "line 1"),
        (b"\n" * 17_000_000, "larger than 16 MB"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_a_ledger_that_cannot_be_trusted_allows_nothing(tmp_path: Path, content: bytes, why: str) -> None:
    file_in(tmp_path).write_bytes(content)
    budget = Budget(5.0, 9, ledger(tmp_path))
    with pytest.raises(UsageError, match=why) as refused:
        budget.reserve(0.1)
    assert refused.value.code == "bad_ledger"
    assert budget.calls == 0


def a_link(path: Path) -> None:
    path.with_suffix(".elsewhere").touch()
    path.symlink_to(path.with_suffix(".elsewhere"))


def a_hard_link(path: Path) -> None:
    path.with_suffix(".elsewhere").touch()
    path.hardlink_to(path.with_suffix(".elsewhere"))


@pytest.mark.parametrize("make", [a_link, a_hard_link, os.mkfifo, lambda path: path.mkdir()])
def test_a_ledger_that_is_no_file_of_its_own_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(file_in(tmp_path))
    with pytest.raises(UsageError, match="no model was asked"):
        ledger(tmp_path).reserve(0.1)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be kept in"):
        ledger(tmp_path / "file" / "state").reserve(0.1)


def test_days_long_past_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    for name in ("spending-2026-10-01.jsonl", "spending-2026-11-01.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    ledger(tmp_path).reserve(0.1)
    assert {path.name for path in tmp_path.iterdir()} == {
        "spending-2026-11-01.jsonl", "notes.txt", file_in(tmp_path).name,
    }  # fmt: skip


def test_settling_waits_for_the_lock_and_does_not_lose_it(tmp_path: Path) -> None:
    one = ledger(tmp_path)
    entry = one.reserve(0.5)
    with file_in(tmp_path).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        settling = threading.Thread(target=one.settle, args=(entry, Usage(cost_usd=0.1)))
        settling.start()
        assert b"cost_usd" not in file_in(tmp_path).read_bytes()
    settling.join()
    assert one.spent_usd == 0.1


SPEND = """
import sys
from pathlib import Path
from healer.adapters.spending import DailyLedger
from healer.budget import Budget
from healer.errors import BudgetExhausted
from healer.models.change import Usage

budget = Budget(1e9, 10**6, DailyLedger(Path(sys.argv[1]), 1.0))
for turn in range(60):
    try:
        reservation = budget.reserve(0.03)
    except BudgetExhausted:
        continue
    (reservation.release if turn % 5 == 0 else lambda: reservation.commit(Usage(cost_usd=0.03 * (turn % 3) / 2)))()
print(budget.usage.cost_usd)
"""


def test_processes_together_do_not_overshoot_the_day(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SPEND, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    spent = [float(process.communicate()[0]) for process in running]
    assert sum(spent) <= 1.0 + 1e-9
    assert sum(spent) > 0.94
    assert DailyLedger(tmp_path, 1.0).spent_usd == pytest.approx(sum(spent))


def test_fifty_parallel_calls_over_http_overshoot_neither_the_run_nor_the_day(tmp_path: Path) -> None:
    """Replies cost less than reserved, fail, break off and lie about their tokens, in turn."""
    script: list[Reply] = [
        Says("a change"), Fails(529), Says("x" * 900), HangsUp(), Says("y", usage=None), Fails(400),
        Raw(b'{"content": [', length=500), Says("z", usage={"input_tokens": 10**9, "output_tokens": 1}),
    ]  # fmt: skip
    runs = [Budget(0.25, 10_000, ledger(tmp_path, 0.4)) for _ in range(2)]
    together = threading.Barrier(50)
    peaks: list[float] = []

    def client_of(budget: Budget) -> AnthropicClient:
        return AnthropicClient(
            model="claude-sonnet-5-5", api_key="k" * 20, base_url=server.url, budget=budget, sleep=lambda _: None
        )

    def ask(number: int) -> None:
        budget = runs[number % 2]
        client = client_of(budget)
        together.wait()
        for _ in range(2):
            with contextlib.suppress(BudgetExhausted, ModelUnavailable):
                client.complete(ModelRequest("You repair.", (Message("user", f"Repair {number}."),), 1_000))
            peaks.append(budget.usage.cost_usd)

    def ask_until_refused(budget: Budget) -> None:
        client = client_of(budget)
        with contextlib.suppress(BudgetExhausted):
            while True:
                with contextlib.suppress(ModelUnavailable):
                    client.complete(ModelRequest("You repair.", (Message("user", "Repair 99."),), 1_000))

    with model_server(*(script * 120)) as server:
        with ThreadPoolExecutor(50) as pool:
            list(pool.map(ask, range(50)))
        asked = len(server.requests)
        parallel = sum(run.usage.cost_usd for run in runs)
        for run in runs:  # what others had reserved when one was refused was partly given back
            ask_until_refused(run)
    assert max(peaks) <= 0.25
    assert parallel <= 0.4 + 1e-9
    total = sum(run.usage.cost_usd for run in runs)
    assert total <= 0.4 + 1e-9
    assert total > 0.4 - 0.011  # the cap was reached: not one more worst case fits
    assert ledger(tmp_path, 0.4).spent_usd == pytest.approx(total)
    assert asked > 40
