"""Role files: those that ship are whole, and one that is wrong says so in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from visavis_agents.roles import RoleError, load_role, shipped
from visavis_agents.tools.toolbox import TOOLS


@pytest.mark.parametrize("name", shipped())
def test_what_ships_is_whole(name: str) -> None:
    role = load_role(name)
    assert role.prompt and role.abilities
    assert set(role.tools) <= set(TOOLS)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"name = ", "is wrong"),
        (b"name = '\xff'", "is wrong"),
        (b"nam = 'x'", "nam"),
        (b"name = 1", "name"),
    ],
    ids=["no TOML", "no UTF-8", "an unknown key", "a wrong kind"],
)
def test_a_wrong_file_says_so_in_one_line(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(data)
    with pytest.raises(RoleError, match=told) as failed:
        load_role(str(path))
    assert str(path) in str(failed.value) and "\n" not in str(failed.value)


def test_documents_lie_beside_the_file_that_names_them(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\nprompt = "You are kind."\nknowledge = "museum"\n')
    assert load_role(str(path)).knowledge == str(tmp_path / "museum")
