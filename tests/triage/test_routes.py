"""Which channel a post comes to, and why."""

from __future__ import annotations

from bot.settings.triage import Condition, Route
from bot.triage.routes import Asking, Routes
from bot.triage.tongue import language_of

HOMES = {"acme": "care", "acme-de": "care-de"}


def post(words: str = "The lamp flickers.", **more: object) -> Asking:
    given: dict[str, object] = {"account": "acme", "platform": "mastodon", "words": words, **more}
    return Asking(**given)  # type: ignore[arg-type]


def test_the_first_route_that_is_met_wins() -> None:
    routes = Routes([Route(to="money", words=("refund|money_back",)), Route(to="all", accounts=("acme",))], HOMES)
    assert routes.first(post("I want my MONEY back!")) == 1
    assert routes.first(post("Hello")) == 2
    assert routes.verdict(post("a refund")).to == "money"


def test_a_post_that_meets_nothing_comes_to_its_accounts_own_channel() -> None:
    routes = Routes([Route(to="money", words=("refund",))], HOMES)
    assert routes.first(post("Hello", account="acme-de")) is None
    verdict = routes.verdict(post("Hello", account="acme-de"))
    assert (verdict.to, verdict.route) == ("care-de", None)
    assert [(one.condition, one.met, one.said) for one in verdict.looked[0].tried] == [
        (Condition.WORDS, False, "none of them")
    ]


def test_all_that_a_route_asks_must_be_met() -> None:
    route = Route(to="vip", platforms=("mastodon",), languages=("pt",), reach=1000)
    routes = Routes([route], HOMES)
    cases = [
        (post(language="pt-BR", reach=1000), True),
        (post(language="PT", reach=5000), True),
        (post(language="pt", reach=999), False),
        (post(language="pt", reach=None), False),  # not known is not enough
        (post(language=None, reach=5000), False),
        (post(language="ptx", reach=5000), False),
        (post(language="pt", reach=5000, platform="reddit"), False),
    ]
    wrong = [asked for asked, met in cases if (routes.first(asked) is not None) != met]
    assert not wrong


def test_without_a_reader_what_only_it_can_say_is_never_met() -> None:
    asks = [Route(to="x", kinds=("complaint",)), Route(to="x", topics=("billing",)), Route(to="x", urgency=2)]
    assert Routes(asks, HOMES).first(post("I will sue you, this is dangerous")) is None
    said = post(kinds=frozenset({"praise", "complaint"}), topic="billing", urgency=3)
    assert all(Routes([one], HOMES).first(said) == 1 for one in asks)


def test_words_are_found_in_scripts_without_spaces_and_as_whole_words_elsewhere() -> None:
    routes = Routes([Route(to="money", words=("返金", "refund", "stor*"))], HOMES)
    met = {
        said: routes.first(post(said)) is not None for said in ("返金してください", "refunds", "Refund.", "stornieren")
    }
    assert met == {"返金してください": True, "refunds": False, "Refund.": True, "stornieren": True}


def test_a_language_is_told_only_where_it_can_be() -> None:
    cases = {
        "Wo bleibt denn mein Paket, das ich vor einer Woche bestellt habe?": "de",
        "¿Dónde está mi pedido? Llevo ya dos semanas esperando y nadie me contesta.": "es",
        "荷物がまだ届いていません、どうなっていますか": "ja",
        "ok super": None,
        "https://example.com/und/noch/mehr @mia": None,
    }
    assert {said: language_of(said) for said in cases} == cases
