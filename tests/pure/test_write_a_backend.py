"""docs/write-a-backend.md, followed to the letter."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.pure.installed import installed
from visavis_models.errors import PackMissing
from visavis_models.load import load
from visavis_models.packs import Packs, needed
from visavis_models.ports import Message
from visavis_models.profiles import choices
from visavis_models.settings import BackendSettings, ModelSettings

PAGE = Path(__file__).parents[2] / "docs" / "write-a-backend.md"


def test_the_page_works(tmp_path: Path) -> None:
    page = PAGE.read_text("utf-8")
    files = dict(re.findall(r"^`([\w/.-]+)`\n\n```\w+\n(.*?)^```", page, re.M | re.S))
    assert sorted(files) == [
        "pyproject.toml",
        "visavis_eliza/backend.py",
        "visavis_eliza/packs.toml",
        "visavis_eliza/rules.tsv",
    ]
    project = tomllib.loads(files["pyproject.toml"])["project"]
    files["visavis_eliza/__init__.py"] = ""
    shown_test = next(block for block in re.findall(r"```python\n(.*?)```", page, re.S) if "def test_" in block)

    with installed(tmp_path / "site", project["name"], files, project["entry-points"]):
        names: dict[str, object] = {}
        exec(shown_test, names)
        names["test_eliza"](tmp_path / "packs")  # type: ignore[operator]

        settings = ModelSettings(language=BackendSettings(backend="eliza", options={"name": "Joseph"}))
        assert "eliza-rules" in [pack.name for pack in needed(choices(settings))]
        packs = Packs(tmp_path / "packs")
        eliza = load("language", choices(settings)["language"], packs)
        assert "".join(eliza.reply([Message("user", "I feel tired.")])) == "Joseph, How long have you felt tired? "

        (tmp_path / "site" / "visavis_eliza" / "rules.tsv").write_text("hello")
        with pytest.raises(PackMissing, match="'eliza-rules' is damaged: install the Python package visavis_eliza"):
            load("language", choices(settings)["language"], packs)


def test_the_shown_settings_are_settings() -> None:
    table = next(
        block for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.S) if "[models" in block
    )
    settings = ModelSettings.model_validate(tomllib.loads(table)["models"])
    assert choices(settings)["language"].options == {"name": "Joseph"}
