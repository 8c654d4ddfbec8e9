"""What is said at people is folded; what is said about things is a complaint, however strong."""

from __future__ import annotations

import pytest

from bot.triage.abuse import SHIPPED, Abuse

#: By one author, so they say little about other people's words. What matters most is the second table.
AT_PEOPLE = {
    "en": (
        "You fucking idiots, where is my parcel?",
        "fuck you all",
        "Youre a bunch of lying scum",
        "just kill yourselves",
    ),
    "de": ("Ihr verdammten Idioten!", "Fickt euch einfach.", "ihr seid alle Wichser", "Du Hurensohn"),
    "fr": ("Bande d'abrutis !", "allez vous faire foutre", "Ta gueule", "espèce de connard"),
    "es": ("Sois unos gilipollas", "Hijos de puta, devuélvanme el dinero", "que os den"),
    "it": ("Siete dei coglioni", "andate affanculo", "Brutti stronzi!"),
    "nl": ("Stelletje klootzakken", "krijg de tering", "jullie zijn echt idioten"),
    "pl": ("Wypierdalajcie", "jesteście bandą idiotów, debile", "wy kurwy"),
    "pt": ("Vão tomar no cu", "seus babacas", "vocês são uns imbecis"),
    "ru": ("Идите нахуй", "вы просто дебилы", "Чтоб вы сдохли"),
    "tr": ("Siktirin gidin", "orospu çocukları", "siz tam gerizekalısınız"),
    "ar": ("يا كلاب", "أنتم حمير"),
    "hi": ("तुम सब कुत्ते हो", "saale madarchod"),
    "ja": ("お前ら全員クズだな", "死ね"),
    "zh": ("你们都是傻逼", "去死吧"),
}
ABOUT_THINGS = {
    "en": (
        "This fucking app is down again and I am so angry",
        "You sold me a piece of shit and you know it",
        "I felt like an idiot waiting for you",
        "My phone will just die by noon. What the hell?",
        "This is garbage. Refund me now.",
        "Keep it spic and span",
    ),
    "de": (
        "Eure App ist scheiße.",
        "So ein verdammter Mist, schon wieder!",
        "Wann schickt ihr das Pack?",
        "Ich Idiot habe bezahlt",
    ),
    "fr": ("C'est de la merde votre appli", "Putain, encore en panne", "votre livreur est en retard"),
    "es": ("Sus zapatos son basura", "¡Qué mierda de servicio!", "Joder, otra vez caído"),
    "it": ("Che merda di servizio", "Cazzo, di nuovo fermo", "ne ho ordinati sei"),
    "nl": ("Wat een klote app", "Verdomme, weer kapot"),
    "pl": ("Kurwa, znowu nie działa", "czy wy śmieci nie odbieracie?", "gówniana aplikacja"),
    "pt": ("Que merda de aplicativo", "Onde coloco o lixo?", "Porra, de novo?"),
    "ru": ("Ваше приложение говно", "Блин, опять не работает, чёрт", "вы говно продаёте"),
    "tr": ("Bu ne biçim uygulama, berbat", "siz mal göndermediniz"),
    "ar": ("التطبيق سيء جدا", "خدمة زبالة"),
    "hi": ("यह ऐप बेकार है", "bahut ghatiya service"),
    "ja": ("このアプリはゴミみたいに遅い", "配達員さんがいない"),
    "zh": ("你们的快递都变成垃圾了", "这个应用真垃圾"),
}


def test_what_is_said_at_people_is_told_from_what_is_said_about_things() -> None:
    usual = Abuse({}, {})
    missed = [text for language, texts in AT_PEOPLE.items() for text in texts if not usual.says(text, language)]
    wrongly = [text for language, texts in ABOUT_THINGS.items() for text in texts if usual.says(text, language)]
    assert (missed, wrongly) == ([], [])


def test_every_language_has_its_lines_and_its_samples() -> None:
    assert {path.stem for path in SHIPPED.glob("*.toml")} - {"any"} == AT_PEOPLE.keys() == ABOUT_THINGS.keys()


def test_a_regional_language_is_its_language_and_one_that_nobody_told_is_told_from_the_words() -> None:
    usual = Abuse({}, {})
    assert usual.says("seus babacas", "pt-BR")
    assert usual.says("you idiots", None)
    assert usual.says("Vocês são uns imbecis, cadê a minha encomenda que comprei há dois meses?", None)
    assert not usual.says("Ist das ein Dick & Doof Film, den ihr da am Samstag im Programm habt?", None)
    assert usual.says("fuck you", "fi"), "a language that we have no lines for"


@pytest.mark.parametrize("text", ["", " ", "🙂", "\u200b", "a" * 10_000, "you " * 5_000, "٪\u202e\u0000"])
def test_any_text_has_an_answer_at_once(text: str) -> None:
    assert Abuse({}, {}).says(text, "en") is False


def test_accents_capitals_and_spelling_by_other_letters_make_no_difference() -> None:
    usual = Abuse({}, {})
    for text in ("YOU IDIOTS", "ｙｏｕ ｉｄｉｏｔｓ", "you — idiots!", "yóu ídiots"):
        assert usual.says(text, "en"), text


def test_a_team_adds_its_own_lines_and_takes_words_out() -> None:
    ours = Abuse({"en": ["you numpty|muppet*"], "fi": ["senkin idiootti"]}, {"en": ["idiot*"], "any": ["stfu"]})
    assert ours.says("Oh you muppets", "en")
    assert ours.says("Senkin idiootti!", "fi")
    assert not ours.says("you idiots", "en")
    assert not ours.says("stfu", "de")
    assert ours.says("you scum", "en")
    assert not Abuse({}, {"zh": ["傻逼"]}).says("傻逼", "zh")
