"""Settings: where they come from, and that each stands in the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.app import create_app
from hub.config import SETTINGS, Setting
from hub.errors import SettingError

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_stands_in_the_documentation_with_its_meaning(setting: Setting) -> None:
    text = (DOCS / "OPERATIONS.md").read_text("utf-8")
    assert f"| `{setting.name}` | {setting.default!r} | {setting.meaning} |" in text


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text("PAGE_SIZE = 20\nAPI_PAGE_SIZE = 7\n")
    monkeypatch.setenv("HUB_PAGE_SIZE", "30")
    config = create_app(instance=tmp_path).config
    assert (config["PAGE_SIZE"], config["API_PAGE_SIZE"], config["API_PAGE_MAX"]) == (30, 7, 1000)


@pytest.mark.parametrize(("name", "value"), [("HUB_PAGE_SIZE", "beaucoup"), ("HUB_DEMO", "oui")])
def test_a_setting_of_the_wrong_type_stops_the_start_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name):
        create_app(instance=tmp_path)


def test_no_secret_key_is_shared_by_two_instances_that_set_none(tmp_path: Path) -> None:
    first, second = (create_app(instance=tmp_path / name) for name in "ab")
    assert first.config["SECRET_KEY"] != second.config["SECRET_KEY"]
