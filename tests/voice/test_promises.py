"""A time to come with what will be done by then is a promise; the past and opening hours are none."""

from __future__ import annotations

import pytest

from bot.triage.promises import languages, promises
from bot.triage.voice import listen

PROMISES = [
    ("en", "It reaches you by the end of the day."),
    ("en", "It will be there before Christmas."),
    ("en", "You'll have it on 5 December."),
    ("en", "We'll call you by 5pm."),
    ("en", "The new one ships December 5th."),
    ("de", "morgen ist es bei Ihnen"),
    ("de", "Sie haben es spätestens am 3. Dezember."),
    ("de", "Das Geld ist bis zum 15. Januar erstattet."),
    ("de", "Guten Morgen, morgen kommt der Techniker."),
    ("de", "Er kommt bis 5.12. zu Ihnen."),
    ("fr", "Vous l'aurez d'ici vendredi."),
    ("fr", "Le colis arrive le 3 janvier."),
    ("es", "Mañana por la mañana llega el técnico."),
    ("es", "Lo recibirá antes del 5 de enero."),
    ("it", "Arriva domani mattina."),
    ("pt", "Chega amanhã."),
    ("pt", "A encomenda chega até sexta-feira."),
    ("nl", "Het is morgen bij je"),
    ("nl", "Je krijgt hem voor kerst."),
    ("pl", "Wyślemy ją w poniedziałek."),
    ("tr", "Yarın kapınızda olacak."),
    ("tr", "Paketiniz 5 Aralık'ta ulaşacak."),
    ("ru", "Посылка придёт завтра"),
    ("ru", "Мы позвоним вам в понедельник."),
    ("ja", "明日お届けします"),
    ("ja", "来週には届きます。"),
    ("zh", "明天一定送到"),
    ("zh", "周五前给您发货。"),
    ("ar", "سيصلك غدًا"),
    ("ar", "سنرسل الطلب يوم الأحد."),
    ("hi", "पार्सल परसों तक मिल जाएगा।"),
    ("hi", "Kal tak refund aa jayega."),
]
NONE = [
    ("en", "did it come yesterday"),
    ("en", "We were closed on 5 December."),
    ("en", "Will it do on Monday?"),
    ("en", "We can't promise it will be there before Christmas."),
    ("en", "Well, on Monday it was busy."),
    ("en", "Good morning, could you send us the number?"),
    ("en", "We'll be closed on 25 December."),
    ("en", "The parcel came on 5 December and went back on 12 December."),
    ("en", "We are here 24/7."),
    ("de", "Guten Morgen, was ist denn passiert?"),
    ("de", "Am 3. Dezember haben wir das Paket verschickt."),
    ("de", "Ist es morgen recht?"),
    ("de", "Morgen ist unser Laden geschlossen."),
    ("de", "Heute Morgen ist der Bus ausgefallen."),
    ("fr", "Le technicien est passé vendredi."),
    ("fr", "Nous avons envoyé le colis le 3 janvier."),
    ("fr", "Le colis est arrivé le 3 janvier."),
    ("fr", "Demain vous convient ?"),
    ("es", "Esta mañana salió de aquí."),
    ("es", "Llegó el 5 de enero."),
    ("es", "¿Le viene bien mañana?"),
    ("it", "È arrivato il 5 gennaio."),
    ("it", "Domani siamo chiusi."),
    ("pt", "Chegou no dia 5 de janeiro."),
    ("pt", "Amanhã estamos fechados."),
    ("nl", "Goede morgen, wat is er mis?"),
    ("nl", "We hebben het op 5 december verstuurd."),
    ("pl", "Wysłaliśmy ją w poniedziałek."),
    ("pl", "Jutro sklep będzie zamknięty."),
    ("tr", "Yarın kapalıyız."),
    ("tr", "5 Aralık'ta gönderdik."),
    ("ru", "Посылка пришла 5 декабря."),
    ("ru", "Завтра мы не работаем."),
    ("ja", "明日もう一度お試しください。"),
    ("ja", "明日は休業いたします。"),
    ("ja", "明日までにご連絡をお願いいたします。"),
    ("zh", "您是昨天收到的吗？"),
    ("zh", "明天我们休息。"),
    ("ar", "هل يناسبك غدا؟"),
    ("ar", "لن يصل غدا."),
    ("hi", "कल पार्सल भेजा था।"),
    ("hi", "क्या कल ठीक रहेगा?"),
]


@pytest.mark.parametrize(("language", "sentence"), PROMISES)
def test_a_time_to_come_with_what_will_be_done_is_a_promise(language: str, sentence: str) -> None:
    assert promises(sentence, language)


@pytest.mark.parametrize(("language", "sentence"), NONE)
def test_the_past_questions_and_opening_hours_are_none(language: str, sentence: str) -> None:
    assert not promises(sentence, language)


def test_every_language_has_its_words_and_some_that_are_none() -> None:
    assert {one for one, _ in PROMISES} == {one for one, _ in NONE} == languages()


def test_the_sentence_is_named_that_promises() -> None:
    (heard,) = listen("Danke! Am 3. Dezember war zu. Am 5. Dezember kommt der Techniker. Passt das?")
    assert heard.what == "Am 5. Dezember kommt der Techniker."


def test_the_language_that_the_platform_tells_is_listened_to() -> None:
    assert {one.remark.value for one in listen("Kal aapko mil jayega.", language="hi-IN")} == {"promise"}
