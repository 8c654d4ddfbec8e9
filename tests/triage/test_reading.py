"""What a hint is made of: rules, heads, calibration, and the heads that a channel learns. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bot.settings.triage import Topic
from bot.triage.engine.widened import unlearnt
from bot.triage.heads import NAMES, Head, Task, read_heads, shipped, write_heads
from bot.triage.logistic import Line, calibration, fit, sigmoid
from bot.triage.reading import hints, hits_of, language_of, rulebooks, shown
from bot.triage.teaching import as_bytes, fit_frame, head_from, learn, of_topics, truth_of
from bot.triage.topics import Topics
from bot.triage.urgency import BANDS, urgency_of
from bot.triage.vectors import WIDTH, unaddressed
from models.triage import Unread

CALM = dict.fromkeys(NAMES[Task.URGENCY], 0.02)


def post(words: str, language: str | None = "en", *, number: int = 1) -> Unread:
    return Unread(number, number, 1, 1, words, language)


def test_the_heads_that_are_shipped_are_whole_and_written_as_they_are_read() -> None:
    heads = shipped()
    assert set(heads.of) == set(Task) - {Task.TOPIC}, "topics are the team's own"
    assert {"model", "licence", "data", "figures", "folds", "weak"} <= set(heads.card)
    assert read_heads(write_heads(heads)).of.keys() == heads.of.keys()
    assert write_heads(read_heads(write_heads(heads))) == write_heads(heads)


def test_a_broken_file_of_heads_is_refused_with_a_sentence() -> None:
    for broken in ("{}", "[1]", write_heads(shipped()).replace('"mood":', '"mind":')):
        with pytest.raises(ValueError, match="the heads cannot be read"):
            read_heads(broken)


def test_a_line_parts_what_can_be_parted_and_stays_near_its_prior_without_examples() -> None:
    numbers = np.random.default_rng(3)
    examples = numbers.standard_normal((300, 5))
    truth = np.stack((examples[:, 0] - examples[:, 1] > 0.3, examples[:, 2] > 2), axis=1).astype(np.float64)
    lines = fit(examples, truth, strength=1.0)
    for line, column in zip(lines, truth.T, strict=True):
        assert ((line.logits(examples) > 0) == (column > 0)).mean() > 0.97
        wide = np.hstack((examples, np.ones((300, 1))))
        slope = wide.T @ (sigmoid(line.logits(examples)) - column) + np.array([1.0] * 5 + [0.01]) * line.weights
        assert np.abs(slope).max() < 0.05, "nothing else is nearer"
    again = fit(examples, truth, strength=1.0)
    assert all(np.array_equal(one.weights, two.weights) for one, two in zip(lines, again, strict=True))
    priors = (Line(np.arange(6.0)), Line(np.ones(6)))
    kept = fit(examples[:0], truth[:0], strength=2.0, priors=priors)
    assert all(np.allclose(one.weights, two.weights) for one, two in zip(kept, priors, strict=True))


def test_what_is_said_too_surely_is_cooled() -> None:
    numbers = np.random.default_rng(4)
    logits = numbers.standard_normal(4000) * 2
    truth = (numbers.random(4000) < sigmoid(logits)).astype(np.float64)
    for size, moved in ((1.0, 0.0), (3.0, 0.0), (0.2, 0.0), (3.0, 2.0)):
        heat, shift = calibration(size * logits - moved, truth)
        assert heat == pytest.approx(size, rel=0.15)
        assert shift == pytest.approx(moved, abs=0.2 * size)
    assert calibration(logits, 1 - truth)[0] == pytest.approx(20), "what is upside down says nothing"


def test_rules_without_a_model_say_how_urgent_and_why_and_nothing_else() -> None:
    grave, calm = hints(
        [post("I want to kill myself, nobody at your office answers"), post("love the new colour", number=2)],
        rulebooks(), None, None, [], {},
    )  # fmt: skip
    assert (grave.band, grave.grave, grave.model, grave.kinds, grave.mood) == (3, "self_harm", "", (), "")
    assert grave.reasons
    assert (calm.band, calm.grave, calm.reasons) == (0, None, ())


def test_the_language_of_the_platform_goes_first_and_an_unlikely_guess_is_none() -> None:
    assert language_of("pt-BR", ("es", 0.99)) == "pt-BR"
    assert language_of(None, ("es", 0.99)) == "es"
    assert language_of(None, ("es", 0.2)) is None
    assert language_of(None, ("", 0.0)) is None
    assert language_of(None, None) is None


def test_rules_of_all_languages_read_what_is_in_an_unknown_one() -> None:
    assert hits_of("ich will nicht mehr leben", None, rulebooks())
    assert hits_of("your app is on fire, flames everywhere", "de-AT", rulebooks()), "English is read everywhere"


def test_urgency_grows_with_rules_and_with_the_head_and_is_never_lost_between_them() -> None:
    books = rulebooks()
    hits = hits_of("my lawyer will sue you", "en", books)
    alone, calm, sure = (urgency_of(hits, one).score for one in (None, CALM, {**CALM, "urgent": 0.9}))
    assert calm < alone or alone < sure
    assert urgency_of([], {**CALM, "urgent": 0.9}).score == pytest.approx(0.9)
    assert sure > 0.9
    assert urgency_of([], {**CALM, "urgent": 0.95, "violence": 0.85}).grave == "violence"
    assert [urgency_of([], {**CALM, "urgent": edge}).band for edge in (0.1, *(one + 0.001 for one in BANDS))] == [
        0,
        1,
        2,
        3,
    ]


@pytest.mark.parametrize(
    ("words", "bare"),
    [
        ("@acme my parcel is lost", "my parcel is lost"),
        ("my parcel is lost @acme@social.example!", "my parcel is lost  !"),
        ("RT @lea.bsky.social: @acme-help hi", "RT  :   hi"),
        ("@アクメ 届きません", "届きません"),
        ("write to lea@example.org, at 5@7", "write to lea@example.org, at 5@7"),
        ("https://social.example/@lea/1", "https://social.example/@lea/1"),
        ("@acme", ""),
        ("@acme我要自杀", "我要自杀"),
        ("@acme.bsky.social注文が届かない", "注文が届かない"),
        ("@एयरटेल कॉल नहीं लग रही", "कॉल नहीं लग रही"),
        ("@要自杀", "要自杀"),
        ("@müller@social.example danke", "danke"),
        ("@" + "." * 100_000, "@" + "." * 100_000),
    ],
)
def test_whom_a_post_calls_by_name_says_nothing_of_what_it_is(words: str, bare: str) -> None:
    assert unaddressed(words) == bare


def test_what_has_no_words_resembles_nothing() -> None:
    heads, vectors = shipped(), np.ones((3, WIDTH), dtype=np.float32)
    posts = [post("@acme"), post("@acme 😡😡"), post("@acme no")]
    bare, faces, words = hints(posts, rulebooks(), heads, vectors, [("", 0.0)] * 3, {})
    assert (bare.vector, faces.vector) == (None, None)
    assert (bare.kinds, bare.mood) == ((), "")
    assert words.vector is not None


def test_who_is_called_is_told_why_and_harm_is_no_praise() -> None:
    found = urgency_of([], {**CALM, "violence": 0.9, "danger": 0.2})
    assert (found.grave, [one.words for one in found.reasons]) == ("violence", ["violence"])
    ruled = urgency_of(hits_of("i want to kill myself", "en", rulebooks()), {**CALM, "self_harm": 0.9})
    assert len(ruled.reasons) == 1, "the rule has better words"
    heads = shipped()
    lines = {name: Line(np.append(np.zeros(WIDTH), 9.0)) for name in ("praise", "positive")}
    never = Line(np.append(np.zeros(WIDTH), -9.0))
    own = {
        (1, task): replace(heads.of[task], lines=tuple(lines.get(name, never) for name in NAMES[task]))
        for task in (Task.KIND, Task.MOOD)
    }
    vectors = np.stack([heads.mean] * 2).astype(np.float32)  # the head itself sees nothing urgent
    posts = [post("thanks for nothing, i will end my life tonight"), post("thanks for everything")]
    harm, calm = hints(posts, rulebooks(), heads, vectors, [("", 0.0)] * 2, own)
    assert (harm.kinds, harm.mood) == ((), "")
    assert (calm.kinds, calm.mood) == (("praise",), "positive")


def test_below_its_threshold_nothing_is_said() -> None:
    assert shown({"complaint": 0.49, "praise": 0.2}, sure=0.5, most=2) == ()
    assert shown({"complaint": 0.6, "question": 0.9, "praise": 0.7}, sure=0.5, most=2) == ("question", "praise")


def stubborn() -> Head:
    """Says "complaint" of everything."""
    lines = [np.zeros(WIDTH + 1) for _ in NAMES[Task.KIND]]
    lines[0][-1] = 2.0
    return Head(Task.KIND, tuple(map(Line, lines)), (1.0,) * len(lines), 0.5, False)


def test_a_channel_learns_from_its_corrections_and_a_worse_fit_is_refused() -> None:
    even = np.zeros((40, WIDTH))
    even[:, 0] = np.tile((2.0, -2.0, -2.0, 2.0, -2.0), 8)
    meant = [["praise"] if row[0] > 0 else ["complaint"] for row in even]
    lesson = learn(stubborn(), even, truth_of(Task.KIND, meant), known=0)
    assert (lesson.held, lesson.refused) == (8, "")
    assert lesson.after >= lesson.before
    raw, heads = as_bytes(stubborn(), lesson.lines), shipped()
    learnt = head_from(raw, Task.KIND, heads)
    assert learnt is not None
    assert head_from(raw, Task.KIND, unlearnt(heads, "another", WIDTH + 1)) is None
    said = learnt.chances(even).argmax(axis=1)
    assert np.mean([NAMES[Task.KIND][one] in names for one, names in zip(said, meant, strict=True)]) > 0.9
    upside_down = [["spam"]] * 32 + meant[32:]
    worse = learn(stubborn(), even, truth_of(Task.KIND, upside_down), known=0)
    assert worse.after < worse.before
    assert worse.refused.startswith("right in ")


def test_few_corrections_count_at_once_and_are_judged_by_none() -> None:
    even = np.zeros((10, WIDTH))
    even[:, 7] = 3.0
    lesson = learn(stubborn(), even, truth_of(Task.KIND, [["idea"]] * 10), known=0)
    assert (lesson.held, lesson.refused) == (0, "")
    moved = Head(Task.KIND, lesson.lines, (1.0,) * 6, 0.5, False)
    assert moved.chances(even)[0, 3] > stubborn().chances(even)[0, 3] + 0.2
    assert learn(stubborn(), even[:0], truth_of(Task.KIND, []), known=0).held == 0


def test_a_topic_is_learnt_from_nothing_by_what_people_call_posts() -> None:
    """No word tells it; two topics, and what belongs to neither."""
    heads, names = shipped(), ["delivery", "billing"]
    numbers = np.random.default_rng(3)
    means = numbers.standard_normal((3, WIDTH))
    which = np.arange(90) % 3
    vectors = (means[which] + 0.5 * numbers.standard_normal((90, WIDTH))).astype(np.float16)
    vectors /= np.linalg.norm(vectors.astype(np.float32), axis=1, keepdims=True).astype(np.float16)
    meant = [[name] if (name := [*names, ""][one]) else [] for one in which]
    question = {"do": "fit", "task": "topic", "names": names, "meant": meant[:60], "known": 0}
    said, raw = fit_frame(question, vectors[:60].tobytes())
    assert (said["refused"], said["held"]) == ("", 12)
    head = head_from(raw, Task.TOPIC, heads)
    assert head is not None
    topics = Topics([Topic(name, ("never said",)) for name in names])
    rows = heads.even(vectors[60:].astype(np.float32))
    found = [[one] if (one := topics.learnt(head, rows[nth : nth + 1])) else [] for nth in range(30)]
    assert found == meant[60:]
    renamed = Topics([Topic("invoices", ("never said",))])
    assert {renamed.learnt(head, rows[nth : nth + 1]) for nth in range(30)} == {None}, "no topic of theirs any more"
    fresh = topics.learnt(of_topics(names, WIDTH), rows[:1])
    assert fresh is None
    assert head_from(b"[]\n", Task.TOPIC, heads) is None


def test_words_say_what_a_post_is_about_and_a_topic_called_urgent_is_not_urgency() -> None:
    assert truth_of(Task.TOPIC, [["billing"]], ("urgent", "billing")).tolist() == [[0.0, 1.0]]
    assert truth_of(Task.URGENCY, [["legal"]])[0, 0] == 1.0
