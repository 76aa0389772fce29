"""Runs side by side in threads, and their ends."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from healer.adapters.sandbox import Order, execute
from healer.adapters.stopping import Stop, Stopped, stoppable
from healer.adapters.workers import Workers, cores
from healer.errors import SuiteError
from tests.adapters.outsider import NONE
from tests.fakes import run_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from healer.models.proof import SuiteRun

FOREVER = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text('x'); time.sleep(600)"


@pytest.fixture
def two() -> Iterator[Workers]:
    """Return two workers."""
    workers = Workers(2)
    yield workers
    workers.close()


def endless(place: Path, begun: threading.Event) -> SuiteRun:
    """Run a program that never ends by itself."""
    begun.set()
    environment = {"PATH": os.environ["PATH"]}
    execute(Order((sys.executable, "-c", FOREVER, str(place / "begun")), place, environment, 600.0), NONE)
    raise AssertionError("it ended by itself")


def test_runs_take_place_at_the_same_time(two: Workers) -> None:
    both = threading.Barrier(2)

    def meet() -> SuiteRun:
        both.wait(60)
        return run_of({"met": "passed"})

    runs = [two.start(meet) for _ in range(2)]

    assert [run.result().passed for run in runs] == [{"met"}] * 2


def test_what_a_run_raises_is_raised_where_its_result_is_asked_for(two: Workers) -> None:
    def fail() -> SuiteRun:
        raise SuiteError("there is no such program")

    with pytest.raises(SuiteError, match="no such program"):
        two.start(fail).result()


def test_a_run_that_is_cancelled_ends_its_program_and_nothing_else(two: Workers, tmp_path: Path) -> None:
    begun = threading.Event()
    endless_run = two.start(lambda: endless(tmp_path, begun))
    other = two.start(lambda: run_of({"other": "passed"}))
    assert begun.wait(60)

    endless_run.cancel()

    with pytest.raises(Stopped):
        endless_run.result()
    assert other.result().passed == {"other"}


def test_closing_ends_runs_under_way_and_begins_no_others(tmp_path: Path) -> None:
    workers, begun, late = Workers(2), [threading.Event(), threading.Event()], threading.Event()
    for event in begun:
        workers.start(lambda event=event: endless(tmp_path, event))  # type: ignore[misc] # bound early on purpose
    workers.start(lambda: endless(tmp_path, late))
    assert all(event.wait(60) for event in begun)

    workers.close()

    assert not late.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("run_")]


def test_a_single_worker_runs_in_this_thread_and_only_when_the_result_is_asked_for() -> None:
    workers, ran = Workers(1), list[str]()

    def here() -> SuiteRun:
        ran.append(threading.current_thread().name)
        return run_of({})

    pending = workers.start(here)
    workers.start(here).cancel()
    assert ran == []
    pending.result()
    workers.close()
    assert ran == [threading.main_thread().name]


def test_a_wish_to_stop_is_heard_by_what_begins_after_it() -> None:
    stop, heard = Stop(), list[str]()
    stop.ask()

    with stop.obeyed(), pytest.raises(Stopped), stoppable(lambda: heard.append("ended")):
        pass

    assert heard == ["ended"]


def test_a_thread_that_works_for_no_run_is_not_stopped() -> None:
    with stoppable(lambda: pytest.fail("nobody asked")):
        pass


def test_there_is_a_processor() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
