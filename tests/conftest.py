"""What tests of several folders use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shop import FILES, Shop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a small green project with one commit, in a folder whose name needs quoting."""
    project = Shop(tmp_path / "shop project")
    project.path.mkdir()
    project.git("init", "--quiet", "--initial-branch=main")
    for name, text in FILES.items():
        project.write(name, text)
    project.commit("A shop")
    return project
