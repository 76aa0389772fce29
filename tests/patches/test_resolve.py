"""Which file a reply means that spells its path otherwise."""

from __future__ import annotations

import pytest

from healer.models.change import FileChange, Hunk
from healer.patches.resolve import resolved

KNOWN = frozenset({"src/shop/cart.py", "src/shop/till.py", "lib/till.py", "setup.py"})
HUNK = Hunk(("a",), ("b",))


@pytest.mark.parametrize(
    ("spelt", "meant"),
    [
        pytest.param("src/shop/cart.py", "src/shop/cart.py", id="as it is"),
        pytest.param("/home/runner/work/shop/shop/src/shop/cart.py", "src/shop/cart.py", id="in a workspace"),
        pytest.param("/github/workspace/setup.py", "setup.py", id="at the root of a workspace"),
        pytest.param("shop/cart.py", "src/shop/cart.py", id="without its first folder"),
        pytest.param("cart.py", "src/shop/cart.py", id="by its name, which only one has"),
        pytest.param("till.py", "till.py", id="by a name that two have"),
        pytest.param("other/cart.py", "other/cart.py", id="in a folder that is not there"),
        pytest.param("art.py", "art.py", id="the end of a name"),
        pytest.param("../src/shop/cart.py", "../src/shop/cart.py", id="upwards"),
        pytest.param("/etc/../setup.py", "/etc/../setup.py", id="absolute and upwards"),
        pytest.param("/etc/passwd", "/etc/passwd", id="absolute and elsewhere"),
        pytest.param("/", "/", id="the root"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_path_is_resolved_only_where_one_file_can_be_meant(spelt: str, meant: str) -> None:
    assert resolved([FileChange(spelt, (HUNK,))], KNOWN) == (FileChange(meant, (HUNK,)),)


def test_a_new_file_is_where_the_reply_says() -> None:
    change = FileChange("cart.py", (Hunk((), ("x = 1",)),), creates=True)
    assert resolved([change], KNOWN) == (change,)
