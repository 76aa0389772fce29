"""Whether an environment that is already there can run a project's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healer.setup.requirements import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.setup.plan import Plan

_SHOWN = 5


def lacking(plan: Plan, installed: Iterable[str], *, with_pytest: bool = True) -> str | None:
    """Return what an environment with these distributions lacks of what a plan needs, in words; None for nothing.

    Without pytest, neither that nor its plugins are missed.
    """
    needs = {name for name in plan.needs if with_pytest or not name.startswith("pytest")}
    missing = sorted(needs - {normal(name) for name in installed})
    if not missing:
        return None
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return f"{', '.join(missing[:_SHOWN])}{more}"
