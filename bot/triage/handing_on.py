"""An answer to one customer as the beginning of one to another: what belonged to the first becomes a gap. Pure.

Marked too much is filled in a moment; marked too little is somebody else's order number in public. So every number
goes, and every link, and each name that we know of; what nobody can know is read by people, as every draft is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import regex

from bot.gaps import gap

NAME, NUMBER, DATE, LINK, ADDRESS = "name", "number", "date", "link", "e-mail"

_MONTHS = """
    january february march april may june july august september october november december
    januar februar märz mai juni juli oktober dezember januari februari maart april mei augustus
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
    जनवरी फरवरी मार्च अप्रैल जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
"""
#: Words that are a month and something else as well ("may", "mars", "mart") count with a number beside them only.
_MAYBE = "may mars mart mai mei marca maja mayo maio ekim temmuz kasım"
_ALSO_WORDS = frozenset(_MAYBE.split())
_DAYS = """
    monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight yesterday
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen gestern übermorgen
    lundi mardi mercredi jeudi vendredi samedi dimanche aujourd'hui demain hier
    lunes martes miércoles jueves viernes sábado domingo hoy mañana ayer
    lunedì martedì mercoledì giovedì venerdì sabato domenica oggi domani ieri
    segunda-feira terça-feira quarta-feira quinta-feira sexta-feira hoje amanhã ontem
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag vandaag gisteren
    poniedziałek wtorek środę czwartek piątek sobotę niedzielę dziś dzisiaj jutro wczoraj
    понедельник вторник среду четверг пятницу субботу воскресенье сегодня завтра вчера
    pazartesi salı çarşamba perşembe cuma cumartesi pazar bugün yarın dün
    اليوم غدا غدًا أمس आज कल 今日 明日 昨日 今天 明天 昨天
"""
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")


def _either(words: Collection[str]) -> str:
    long = sorted(words, key=len, reverse=True)
    return "|".join(
        regex.escape(one) if _UNSPACED.search(one) else rf"(?<![\p{{L}}\p{{M}}]){regex.escape(one)}(?![\p{{L}}\p{{M}}])"
        for one in long
    )


_MONTH_WORDS = frozenset(_MONTHS.split())
_MONTH = _either(_MONTH_WORDS)
_DIGITS = r"\p{Nd}[\p{Nd}\p{Lu}]*(?:[ .,:/\-–]?[\p{Nd}\p{Lu}]*\p{Nd}[\p{Nd}\p{Lu}]*)*"
_PATTERNS = tuple(
    (regex.compile(pattern, regex.IGNORECASE if free else 0), kind)
    for pattern, kind, free in (
        (r"\bhttps?://\S+[\p{L}\p{N}/=]|\bwww\.\S+[\p{L}\p{N}/=]", LINK, True),
        (r"(?<![\w/])@[\w.-]+(?:@[\w.-]+)?\w|(?<!\w)/?u/[\w-]+", NAME, True),
        (r"[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}", ADDRESS, True),
        (r"(?:[a-z]{2,}\.)+(?:com|org|net|io|de|fr|co\.uk|eu|es|it|nl|pl|example)(?:/\S*[\w/])?\b", LINK, True),
        # A day and a month, in either order, with or without a year; years and times as numbers.
        (
            rf"\p{{Nd}}{{1,2}}(?:\.|st|nd|rd|th|º|er)?\s*(?:de\s+|of\s+)?(?:{_MONTH})(?:,?\s*(?:de\s+)?\p{{Nd}}{{4}})?"
            rf"|(?:{_MONTH})\s+\p{{Nd}}{{1,2}}(?:st|nd|rd|th)?(?:,?\s*\p{{Nd}}{{4}})?(?!\p{{Nd}})",
            DATE,
            True,
        ),
        (
            r"(?<!\p{Nd})(?:\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}|\p{Nd}{1,2}[./]\p{Nd}{1,2}[./](?:\p{Nd}{2,4})?)(?!\p{Nd})",
            DATE,
            False,
        ),
        (r"\p{Nd}+\s?(?:月\s?\p{Nd}+\s?日|日|月)", DATE, False),
        (_either(frozenset(_DAYS.split()) | (_MONTH_WORDS - _ALSO_WORDS)), DATE, True),
        (rf"[#№+]?(?:\p{{Lu}}{{1,5}}[-/]?)?{_DIGITS}", NUMBER, False),
    )
)  # fmt: skip

#: Who begins so goes on with a name.
_GREETING = regex.compile(
    r"(?im)^(\s*(?:hi|hey|hello|dear|hallo|liebe[rs]?|guten tag|moin|servus|salut|bonjour|coucou|cher|chère|hola"
    r"|querid[oa]|estimad[oa]|ciao|buongiorno|car[oa]|oi|olá|prezad[oa]|hoi|beste|cześć|dzień dobry|привет"
    r"|здравствуйте|merhaba|selam|sayın)(?:\s+(?:mr|mrs|ms|herr|frau|m|mme|sr|sra|pan|pani)\.?)?\s+)"
    r"(?-i:(\p{Lu}[\p{L}'’-]+(?:\s+\p{Lu}[\p{L}'’-]+)?))"
)
_HONOURED = regex.compile(r"([\p{Han}\p{Hiragana}\p{Katakana}]{1,8})(?=様|さん|先生|女士)")
#: A word with a capital that does not begin a sentence.
_CAPITAL = regex.compile(r"(?<=[\p{Ll}\p{Nd},;:]\s)\p{Lu}[\p{L}’'-]{2,}")
#: There every noun has one.
_NOUNS = frozenset({"de", "lb"})
_WORD = regex.compile(r"[\p{L}\p{M}'’-]+")


def handed_on(
    answer: str, *, names: Collection[str], said: str = "", here: str = "", language: str | None = None
) -> str:
    """The answer with gaps. `names`: what everybody is called who spoke there; `said`: what its customer wrote, `here`
    what this one wrote: a capitalised word of theirs that this one never said goes as well."""
    words = answer.replace("⟦", "(").replace("⟧", ")")
    out = _cut(words, _GREETING, lambda match: match[1] + gap(NAME))
    out = _cut(out, _HONOURED, lambda _: gap(NAME))
    for pattern, kind in _PATTERNS[:3]:  # before names: an address has some in it
        out = _outside(out, pattern, kind)
    known = sorted({one.strip() for one in names if len(one.strip()) > 1}, key=len, reverse=True)
    if known:
        either = "|".join(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(one)}(?![\p{{L}}\p{{N}}])" for one in known)
        out = _outside(out, regex.compile(either, regex.IGNORECASE), NAME)
    for pattern, kind in _PATTERNS[3:]:
        out = _outside(out, pattern, kind)
    if (language or "").partition("-")[0] not in _NOUNS:
        theirs = {one.casefold() for one in _WORD.findall(said)} - {one.casefold() for one in _WORD.findall(here)}
        out = _cut(out, _CAPITAL, lambda match: gap(NAME) if match[0].casefold() in theirs else match[0])
    once: str = regex.sub(r"(⟦[^⟧]*⟧)(?:[ ,]*\1)+", r"\1", out)
    return once


def _outside(words: str, pattern: regex.Pattern[str], kind: str) -> str:
    """Gaps that are there stay as they are."""
    return _cut(words, pattern, lambda _: gap(kind))


def _cut(words: str, pattern: regex.Pattern[str], instead: Callable[[regex.Match[str]], str]) -> str:
    pieces = regex.split(r"(⟦[^⟧]*⟧)", words)
    return "".join(piece if index % 2 else pattern.sub(instead, piece) for index, piece in enumerate(pieces))
