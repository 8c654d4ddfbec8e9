"""What a line in a rules file means, and the files that come with Twoway."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.phrases import plain, read_phrase, read_unspaced, taken_apart
from bot.triage.rulebook import ABOUT, KINDS, SHIPPED, read_rulebook, read_rulebooks, weighed


def says(line: str, text: str) -> bool:
    return read_phrase(line).is_in(taken_apart(text))


def test_a_phrase_is_words_in_order() -> None:
    assert says("kill|hurt myself", "I will HURT myself!")
    assert not says("kill|hurt myself", "hurt, and not myself")
    assert not says("kill", "killer deal")


def test_a_gap_is_up_to_four_words() -> None:
    assert says("cancel .. account", "cancel both of my old account")
    assert says("cancel .. account", "cancel account")
    assert not says("cancel .. account", "cancel this and that and then my account")


def test_a_star_is_any_letters_and_a_low_line_joins_words() -> None:
    assert says("abogad*", "mi Abogada les escribe")
    assert says("*انتحر", "سانتحر اليوم")
    assert says("trading_standards|ombudsman", "off to trading standards then")
    assert says("self-harm", "self harm")
    assert says("self harm", "Self-harm")


def test_accents_case_and_apostrophes_do_not_matter() -> None:
    assert says("dont want", "I don’t want this")
    assert says("reclamación", "RECLAMACION")
    assert says("yardım", "YARDIM")
    assert plain("l’eau", apostrophe=" ") == "l eau"


def test_emoji_are_words() -> None:
    assert says("😂|🤣", "dead😂😂")


def test_without_spaces_a_phrase_is_found_anywhere() -> None:
    assert read_unspaced("充电..着火").is_in(taken_apart("昨晚充电的时候着火了"))
    assert not read_unspaced("充电..着火").is_in(taken_apart("充电器质量很好我非常喜欢推荐给朋友没有着火"))


@pytest.mark.parametrize("line", ["", "..", ".. help", "help .."])
def test_a_line_that_says_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="begins and ends with a word"):
        read_phrase(line)


def test_all_shipped_rules_can_be_read_and_speak_for_every_kind() -> None:
    for path in sorted(SHIPPED.glob("*.toml")):
        book = read_rulebook(path)
        assert book.language == path.stem
        assert {rule.kind for rule in book.urgency if rule.weight > 0} >= set(KINDS), path.name
        assert {rule.about for rule in book.urgency if rule.about} == set(ABOUT), path.name
        assert any(rule.weight < 0 for rule in book.urgency), path.name


def test_a_post_is_read_with_its_reasons() -> None:
    book = read_rulebook(SHIPPED / "en.toml")
    assert weighed(book.hits("my brakes failed and there is smoke coming out")) == {"danger": 3.0}
    assert weighed(book.hits("I was stranded last year, thanks for helping")) == {"stranded": 0.5}
    assert weighed(book.hits("what time do you open")) == {}


def test_a_mistake_in_a_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "en.toml"
    rule = 'language = "en"\n[[urgency]]\nkind = "danger"\nweight = {}\nreason = "r"\npatterns = ["{}"]\n'
    for text, sentence in (
        ("language = ", "en.toml: "),
        ("", "en.toml: language is missing"),
        (rule.format("true", "x"), "en.toml, urgency 1: weight is True, must be a number"),
        (rule.format("1", ".."), "en.toml, urgency 1: a phrase begins and ends with a word: '..'"),
        (rule.format("1", "x").replace("danger", "dagner"), "en.toml, urgency 1: kind is 'dagner', must be one of"),
        (rule.format("1", "x").replace('"r"', '""'), "en.toml, urgency 1: reason is missing"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(").replace(".", r"\.")):
            read_rulebook(path)


def test_a_teams_own_rules_stand_beside_ours_or_instead_of_them(tmp_path: Path) -> None:
    rule = '[[urgency]]\nkind = "outage"\nweight = 2\nreason = "The till is down"\npatterns = ["{}"]\n'
    (tmp_path / "de.toml").write_text('language = "de"\n' + rule.format("kasse .. tot"), encoding="utf-8")
    (tmp_path / "fr.toml").write_text('language = "fr"\ninstead = true\n' + rule.format("caisse"), encoding="utf-8")
    (tmp_path / "ja.toml").write_text('language = "ja"\n' + rule.format("レジ..故障"), encoding="utf-8")
    (tmp_path / "sv.toml").write_text('language = "sv"\n' + rule.format("kassan"), encoding="utf-8")
    ours, books = read_rulebooks(), read_rulebooks(tmp_path)
    assert len(books["de"].urgency) == len(ours["de"].urgency) + 1
    assert (len(books["fr"].urgency), books["en"], len(books)) == (1, ours["en"], len(ours) + 1)
    for language, said in (
        ("de", "Die Kasse ist schon wieder tot"),
        ("fr", "la caisse"),
        ("ja", "お店のレジが故障中です"),
        ("sv", "kassan står"),
    ):
        assert "The till is down" in {hit.rule.reason for hit in books[language].hits(said)}, language
    french = books["fr"].hits("la caisse, je veux mourir")
    assert [hit.rule.reason for hit in french] == ["The till is down"], "the others are put aside"
    (tmp_path / "de.toml").write_text('language = "de"\n' + rule.format("x").replace("urgency", "urgence"))
    with pytest.raises(ValueError, match=r"^de\.toml: urgence is unknown"):
        read_rulebooks(tmp_path)
    (tmp_path / "de.toml").write_text('language = "de"\n' + rule.format("x").replace("[[urgency]]", "[urgency]"))
    with pytest.raises(ValueError, match=r"^de\.toml: urgency must be tables"):
        read_rulebooks(tmp_path)


def test_a_line_with_many_gaps_is_refused_since_each_multiplies_the_work() -> None:
    with pytest.raises(ValueError, match="may have 2 gaps"):
        read_phrase("a .. a .. a .. b")
    with pytest.raises(ValueError, match="may have 2 gaps"):
        read_unspaced("天..地..人..和")
    assert not read_phrase("a* .. a* .. b").is_in(taken_apart("b " + "a " * 1000))


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["ab", "a*", "*b", "*ab*", "ab|ba*", "a_b|*a", "..", "é*", "@", "b" * 30 + "*"]), max_size=4
    ),
    st.lists(st.sampled_from(["ab", "a", "b", "ba", "aab", "é", "@ab", "b" * 31]), max_size=6),
)
def test_what_is_looked_up_first_sets_nothing_aside_that_trying_would_find(line: list[str], post: list[str]) -> None:
    try:
        phrase = read_phrase(" ".join(line))
    except ValueError:
        return
    said = taken_apart(" ".join(post))
    assert phrase.is_in(said) == any(phrase._from(said.words, at, 0) for at in range(len(said.words)))
