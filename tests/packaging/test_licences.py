"""Which licences a dependency may stand under."""

from __future__ import annotations

import pytest

from scripts.licences import refusal


def asked(
    name: str = "thing", *, expression: str = "", licence: str = "", classifiers: tuple[str, ...] = ()
) -> str | None:
    return refusal(name, expression=expression, licence=licence, classifiers=classifiers)


@pytest.mark.parametrize("expression", ["GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND GPL-2.0-or-later"])
def test_gpl_and_agpl_are_refused(expression: str) -> None:
    assert asked(expression=expression) == f"is under {expression}"


@pytest.mark.parametrize("expression", ["MIT", "Apache-2.0 AND CNRI-Python", "MIT OR GPL-2.0-only", "MPL-2.0"])
def test_what_leaves_a_choice_without_gpl_is_taken(expression: str) -> None:
    assert asked(expression=expression) is None


def test_older_metadata_is_read_as_well() -> None:
    affero = "License :: OSI Approved :: GNU Affero General Public License v3"
    assert asked(classifiers=(affero,)) is not None
    assert asked(licence="GPLv3") is not None
    assert asked(licence="BSD", classifiers=("Programming Language :: Python",)) is None


def test_a_whole_licence_in_the_field_for_its_name_is_not_searched() -> None:
    text = "This licence is compatible with the GPL, as far as anybody knows; all of which now follows, line by line"
    assert asked(licence=text, classifiers=("License :: OSI Approved :: MIT License",)) is None


def test_lgpl_is_taken_for_psycopg_alone() -> None:
    assert asked("psycopg", expression="LGPL-3.0-only") is None
    assert asked("psycopg_binary", expression="LGPL-3.0-only") is None
    assert asked(expression="LGPL-3.0-only") is not None
    assert asked(classifiers=("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",)) is not None


def test_lgpl_hides_no_gpl_beside_it() -> None:
    assert asked("psycopg", expression="LGPL-3.0-only AND GPL-3.0-only") is not None


def test_a_package_without_any_licence_is_refused() -> None:
    assert asked() is not None
