"""The voice check remarks what a colleague would, on drafts that were written after its words."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bench.voice import FRESH, LATER, heard, rows, table
from bot.chat.cards.voice import SAYS, remarks
from bot.settings import SettingsError
from bot.settings.triage import GROUPS, Listening, Remark
from bot.triage import tongue
from bot.triage.listening import Heard
from bot.triage.personal import emails
from bot.triage.voice import listen
from tests.settings.example import TOML, read


def kinds(draft: str, **more: object) -> set[str]:
    return {one.remark.value for one in listen(draft, **more)}  # type: ignore[arg-type]


def test_on_drafts_written_afterwards_it_is_right_nine_times_of_ten() -> None:
    found = heard(FRESH)
    assert found.drafts >= 60
    assert len(found.by_language) >= 4
    assert found.disturbed <= 2, table(found)
    bad = {name: one for name, one in found.by_remark.items() if one.precision < 0.9 or one.recall < 0.9}
    assert not bad, table(found)


@pytest.mark.parametrize(
    ("path", "recall"), list(zip(LATER, (0.9, 0.9, 0.85, 0.4), strict=True)), ids=lambda one: str(one)[-12:]
)
def test_on_drafts_that_showed_what_was_missed_it_disturbs_hardly_ever(path: Path, recall: float) -> None:
    found = heard(path)
    assert len(found.by_language) == 14
    assert 0.4 * found.drafts <= found.quiet <= 0.6 * found.drafts
    assert found.disturbed <= 0.05 * found.quiet, table(found)
    assert found.by_remark["promise"].recall >= recall, table(found)
    assert all(one.precision >= 0.9 for one in found.by_remark.values()), table(found)


def test_every_remark_has_its_words_and_its_switch() -> None:
    assert set(SAYS) == set(Remark)
    assert {one for group in GROUPS.values() for one in group} == set(Remark)
    assert len(remarks([Heard(one, "x" * 500) for one in Remark])) == len(Remark)


def test_a_channel_hears_only_what_it_wants() -> None:
    draft = "Sorry for the inconvenience. Write to mia.stone@letters.example, see https://wiki.acme.example/x"
    assert {"email", "internal_link"} <= kinds(draft)
    wanted = Listening(frozenset({Remark.EMAIL}))
    assert kinds(draft, listening=wanted) == {"email"}
    ours = Listening(ours=("letters.example",), internal=("status.acme.example",))
    assert "email" not in kinds(draft, listening=ours)
    assert "internal_link" in kinds("See https://status.acme.example/now", listening=ours)


def test_it_is_silent_where_it_cannot_tell() -> None:
    assert kinds("Gracias!", post="where is it", language="en") == set()
    assert kinds("Ja, bis gleich", post="ok", language=None) == set()
    assert kinds("") == set()
    assert kinds("\ud800 https://[::1 \x00 +++ 000") == set()


def test_the_settings_name_what_is_heard(tmp_path: Path) -> None:
    more = '\n[voice]\nour_domains = ["acme.example"]\n'
    with_voice = TOML.replace('name = "care"', 'name = "care"\nvoice = ["links", "sorry"]')
    (channel,) = read(tmp_path, with_voice + more).channels
    assert channel.voice == Listening(frozenset({*GROUPS["links"], Remark.BARE_SORRY}), ("acme.example",))
    assert read(tmp_path).channels[0].voice == Listening()
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, TOML.replace('name = "care"', 'name = "care"\nvoice = ["lnks"]') + '\n[voice]\nhosts = ["a"]\n')
    said = sorted(str(one) for one in caught.value.mistakes)
    assert said[0].startswith(
        'twoway.toml: channels.care.voice: "lnks" is not one of the choices; write "too_like" or '
    )
    assert said[1] == "twoway.toml: voice.hosts: is not a setting; known here: internal_hosts, our_domains."


def test_a_word_without_an_end_is_not_slow_to_listen_to() -> None:
    before = time.thread_time()
    assert not emails("a" * 10_000)
    assert emails("ask mia@letters.example, or " + "a." * 2_000) == ["mia@letters.example"]
    assert time.thread_time() - before < 1  # it was ten seconds


def test_the_small_form_of_the_language_model_answers_as_the_model_does() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages(tongue.AMONG.split())
    small = tongue._identifier()
    said = [str(row["draft"]) for row in rows(FRESH)]
    for text in [*said, "ALL IN CAPITALS, WHERE IS IT?", "Cafe\u0301", "\ud800 who knows", "荷物はどこですか"]:
        language, chance = whole.classify(text)
        assert small.classify(text) == (language, pytest.approx(float(chance), abs=1e-4)), text
    assert small.classify("")[1] < 0.1
