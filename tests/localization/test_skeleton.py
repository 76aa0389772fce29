from __future__ import annotations

from healer.localization.pysource import PythonModule
from healer.localization.skeleton import skeleton
from healer.models.code import Excerpt

TEXT = b'''\
@cached
def first(
    one: int,
    *others: str,
    last: dict[str, int] = {},
) -> list[int]:
    # a remark
    return []


class Second(
    Base,
    metaclass=Meta,
):
    """Words."""

    async def third(self, *, key=None):
        """Words."""

    def shown(self): return 1
'''


def test_each_head_stands_whole_on_one_line_without_remarks_and_what_is_shown() -> None:
    found = skeleton(PythonModule("a.py", TEXT), [Excerpt("a.py", 20, 20, "", "")])
    assert found
    assert found.text.split("\n") == [
        "def first(one: int, *others: str, last: dict[str, int] = {}) -> list[int]:",
        "class Second(Base, metaclass=Meta):",
        "    async def third(self, *, key=None):",
        "",
    ]
