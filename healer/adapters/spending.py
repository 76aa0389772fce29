"""What all runs of a day spend on models, kept in one file of a folder: a line for each reservation and settlement.

It holds for whoever shares the folder: the runs of one user on one machine, or of runners with a folder in common. A
runner that starts with an empty disk each time remembers nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import math
import os
import secrets
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healer.adapters.locking import is_locked
from healer.errors import BudgetExhausted, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from healer.models.change import Usage

_LARGEST = 16 * 1024 * 1024
"""Bytes: some fifty thousand calls."""
_LOCK_SECONDS = 10.0
_KEPT_DAYS = 40


def today() -> dt.date:
    """Return the day in UTC, which is the same for all runners."""
    return dt.datetime.now(dt.UTC).date()


@dataclass(frozen=True, slots=True)
class DailyLedger:
    """A cap on the dollars of a day; satisfies `SpendingLedger`.

    Every change is made under the file's lock, so that threads and processes cannot overshoot the cap together. What
    cannot be read or written is told and no call is made. Raises UsageError when the folder cannot be used.
    """

    folder: Path
    max_cost_usd: float
    day: Callable[[], dt.date] = today

    def reserve(self, worst_case_usd: float) -> str:
        """Set dollars aside; see `SpendingLedger`."""
        entry = f"{self.day().isoformat()}/{secrets.token_hex(8)}"
        with self._opened(entry) as file:
            spent = _total(_lines(file, self._path(entry)))
            if spent + worst_case_usd > self.max_cost_usd:
                raise BudgetExhausted(
                    f"the next model call could cost up to ${worst_case_usd:.4f}, which with ${spent:.4f} spent or "
                    f"reserved today (UTC) by all runs that share {self.folder} would exceed the cap of "
                    f"${self.max_cost_usd:.2f} a day, so it was not made; raise the cap or wait until tomorrow",
                    code="budget_day",
                )
            _append(file, {"entry": entry, "reserved_usd": worst_case_usd})
        return entry

    def settle(self, entry: str, usage: Usage) -> None:
        """Replace what was set aside; see `SpendingLedger`."""
        line = {
            "entry": entry, "cost_usd": usage.cost_usd, "input": usage.input_tokens, "output": usage.output_tokens,
            "cache_read": usage.cache_read_tokens, "cache_write": usage.cache_write_tokens,
        }  # fmt: skip
        with contextlib.suppress(OSError, BudgetExhausted, UsageError), self._opened(entry) as file:
            _append(file, line)

    @property
    def spent_usd(self) -> float:
        """Dollars spent or set aside today."""
        entry = f"{self.day().isoformat()}/"
        with self._opened(entry) as file:
            return _total(_lines(file, self._path(entry)))

    def _path(self, entry: str) -> Path:
        return self.folder / f"spending-{entry.partition('/')[0]}.jsonl"

    @contextlib.contextmanager
    def _opened(self, entry: str) -> Iterator[int]:
        """Open the file of the entry's day, for this process alone."""
        path = self._path(entry)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = not path.exists()
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(
                f"the ledger of what models cost a day cannot be kept in {self.folder} ({error.strerror}), so no model "
                "was asked; name another folder or leave the daily cap out",
                code="bad_ledger",
            ) from None
        try:
            facts = os.fstat(file)
            if not stat.S_ISREG(facts.st_mode) or facts.st_nlink != 1 or facts.st_uid != os.geteuid():
                raise _damaged(path, "it is no file of this user's own")
            _lock(file, path)
            yield file
        finally:
            os.close(file)
            if is_new:
                _forget(self.folder, self.day())


def _lock(file: int, path: Path) -> None:
    if not is_locked(file, within=_LOCK_SECONDS):
        raise BudgetExhausted(
            f"{path} stayed locked for {_LOCK_SECONDS:g} s, so nobody can tell what was spent today, and no "
            "model was asked; end the program that holds it",
            code="budget_day",
        )


def _lines(file: int, path: Path) -> list[dict[str, Any]]:
    """Return what was written; a line that cannot be read may stand for any sum, so that it is refused."""
    content = os.pread(file, _LARGEST + 1, 0)
    if len(content) > _LARGEST:
        raise _damaged(path, f"it is larger than {_LARGEST // 1024 // 1024} MB")
    lines = []
    for number, raw in enumerate(content.splitlines(), start=1):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            line = None
        dollars = (
            [line[name] for name in ("reserved_usd", "cost_usd") if name in line] if isinstance(line, dict) else []
        )
        if len(dollars) != 1 or not _is_sum(dollars[0]) or not isinstance(line.get("entry"), str):
            raise _damaged(path, f"line {number} is not one of its own")
        lines.append(line)
    if content and not content.endswith(b"\n"):
        raise _damaged(path, "its last line was cut off")
    return lines


def _is_sum(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _total(lines: list[dict[str, Any]]) -> float:
    """Return the dollars spent, and those set aside by calls that have not ended, or whose process was killed.

    The last line of an entry holds: what a batch used may be known later than its run has ended.
    """
    sums: dict[str, float] = {}
    for line in lines:
        sums[line["entry"]] = line["cost_usd"] if "cost_usd" in line else line["reserved_usd"]
    return math.fsum(sums.values())


def _append(file: int, line: dict[str, Any]) -> None:
    data = json.dumps(line).encode() + b"\n"
    size = os.fstat(file).st_size
    if os.write(file, data) != len(data):
        os.ftruncate(file, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _damaged(path: Path, why: str) -> UsageError:
    return UsageError(
        f"the ledger of what models cost a day, {path}, cannot be trusted ({why}), so no model was asked; look at it, "
        "and remove it if today's spending may be forgotten",
        code="bad_ledger",
    )


def _forget(folder: Path, day: dt.date) -> None:
    """Remove the files of days long past."""
    oldest = f"spending-{(day - dt.timedelta(days=_KEPT_DAYS)).isoformat()}.jsonl"
    with contextlib.suppress(OSError):
        for path in folder.glob("spending-????-??-??.jsonl"):
            if path.name < oldest:
                path.unlink()
