"""Platforms of other packages: one that is broken is a sentence, and everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import registry
from bot.keeping import platforms_of
from bot.ops.catalogue import catalogue
from bot.ops.platforms import as_table, described
from bot.settings import SettingsError, load
from tests.settings.example import ENV, TOML

WHOLE = """
from adapters.mastodon import Mastodon
class Whole(Mastodon):
    name = "{name}"
"""
BROKEN = {
    "away": ("import a_module_that_is_not_there", "ModuleNotFoundError"),
    "loud": ("raise ValueError('one line\\nand another')", "ValueError, one line"),
    "quits": ("import sys; sys.exit(3)", "SystemExit, 3"),
    "nameless": ("Whole = 7", "names no class"),
    "other": (WHOLE.format(name="another"), "the class calls itself 'another'"),
    "silent": (WHOLE.format(name="silent") + "    declares = None", "`declares` is no Capabilities"),
    "unset": (WHOLE.format(name="unset") + "    settings = dict", "`settings` is no dataclass"),
    "odd": (
        "from dataclasses import dataclass\nfrom adapters.settings import setting\n@dataclass\nclass Given:\n"
        "    ratio: float = setting('how much', default=1.0)\n" + WHOLE.format(name="odd") + "    settings = Given",
        "the setting 'ratio' is none of",
    ),
    "half": (
        "from adapters.mastodon import Mastodon\nclass Whole:\n    name = 'half'\n    settings = Mastodon.settings\n"
        "    declares = Mastodon.declares\n    can = None\n",
        "it has no close, compose, correct",
    ),
}

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package that names a platform, as pip would, in a folder of the search path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, source: str) -> None:
        (tmp_path / f"of_{name}.py").write_text(source)
        info = tmp_path / f"acme_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{registry.ENTRY_POINTS}]\n{name} = of_{name}:Whole\n")

    return put


def test_a_platform_of_another_package_is_one_like_ours(install: Install) -> None:
    install("plaza", WHOLE.format(name="plaza"))
    assert "plaza" in registry.names()
    assert registry.load("plaza").name == "plaza"
    assert "plaza" in [one["name"] for one in described()]
    install("mastodon", WHOLE.format(name="mastodon"))
    assert registry.load("mastodon").__module__ == "adapters.mastodon", "ours win"


def test_a_broken_package_is_a_sentence_wherever_it_is_met(install: Install, tmp_path: Path) -> None:
    for name, (source, _) in BROKEN.items():
        install(name, source)
    listed = as_table(registry.names())
    problems = {one["name"]: str(one["problem"]) for one in described() if "problem" in one}
    assert problems.keys() == BROKEN.keys()
    for name, (_, why) in BROKEN.items():
        with pytest.raises(registry.Unusable) as caught:
            registry.load(name)
        assert f"The platform '{name}' of the package acme-{name} cannot be used: " in str(caught.value)
        assert why in str(caught.value)
        assert "\n" not in str(caught.value)
        assert name in listed
        assert registry.title(name) == name.capitalize()
        assert not registry.declared(name).replies
    path = tmp_path / "twoway.toml"
    path.write_text('[[accounts]]\nname = "acme"\nplatform = "away"\n')
    with pytest.raises(SettingsError) as wrong:
        load(path, {}, catalogue=catalogue())
    assert "The platform 'away' of the package acme-away cannot be used" in str(wrong.value)


def test_what_an_account_lacks_or_a_package_stumbles_over_ends_the_start_with_sentences(
    install: Install, tmp_path: Path
) -> None:
    install("stumbles", WHOLE.format(name="stumbles") + "    def __init__(self, settings, keeper=None): 1 / 0\n")
    toml = TOML.replace('platform = "mastodon"', 'platform = "stumbles"') + (
        '[[accounts]]\nname = "form"\nplatform = "inbound"\nasks = true\n'
        '[[channels]]\nname = "more"\nchat = "slack:C0MORE"\naccounts = ["form"]\n'
    )
    (tmp_path / "twoway.toml").write_text(toml)
    env = {**ENV, "TWOWAY_FORM_SECRET": "a-secret-of-at-least-24-characters"}
    settings = load(tmp_path / "twoway.toml", env, catalogue=catalogue())
    with pytest.raises(SettingsError) as wrong:
        platforms_of(settings, None)
    first, second = (str(mistake) for mistake in wrong.value.mistakes)
    assert "accounts.acme.platform: could not be made by its package (ZeroDivisionError: division by zero)" in first
    assert "accounts.form.asks: says something about a webhook, and there is none" in second
    assert second.endswith("`twoway platforms inbound` says what to set.")
