"""Personal data is found whatever script is around it, and what only looks like it is left alone."""

from __future__ import annotations

import pytest

from bot.triage.personal import cards, phones


@pytest.mark.parametrize(
    ("text", "languages", "found"),
    [
        ("お電話は090-1234-5678まで", ("ja",), ["090-1234-5678"]),
        ("お電話は０９０－１２３４－５６７８まで", ("ja",), ["０９０－１２３４－５６７８"]),
        ("我的电话是13812345678", ("zh",), ["13812345678"]),
        ("找我13812345678就行", ("zh",), ["13812345678"]),
        ("Rang 13812345678 twice.", ("en",), ["13812345678"]),
        ("اتصل على ٠٥٠١٢٣٤٥٦٧", ("ar",), ["٠٥٠١٢٣٤٥٦٧"]),
        ("اتصل على +٩٦٦٥٠١٢٣٤٥٦٧", ("ar",), ["+٩٦٦٥٠١٢٣٤٥٦٧"]),
        ("कॉल करें ९८७६५४३२१०", ("hi",), ["९८७६५४३२१०"]),
        ("Звоните 89123456789", ("ru",), ["89123456789"]),
        ("Llame al 612345678", ("es",), ["612345678"]),
        # none of a person
        ("フリーダイヤル0120-123-456まで", ("ja",), []),
        ("客服热线400-820-8820", ("zh",), []),
        ("Model AB13812345678 and part 13812345678X", ("en",), []),
        ("parcel #13812345678, see /13812345678", ("en",), []),
        ("Item 12345678901 of 10000000000", ("en",), []),
        ("see https://acme.example/p/13812345678", ("zh",), []),
        ("2 123456789012 13", ("es",), []),
    ],
)
def test_telephone_numbers_are_found_beside_any_letters(
    text: str, languages: tuple[str, ...], found: list[str]
) -> None:
    assert phones(text, languages) == found


def test_an_article_number_is_no_card() -> None:
    assert cards("JAN 4901234567894") == []
    assert cards("EAN 4006381333931") == []
    assert cards("4242 4242 4242 4242") == ["4242 4242 4242 4242"]
    assert cards("3782 822463 10005") == ["3782 822463 10005"]
