"""Personal data in a text that is to be public: addresses, telephone numbers, orders, cards and bank accounts. Pure.

Our own help address and free line are none of it, nor are the last four digits of a card.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence

import phonenumbers
import regex
from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, PhoneNumberType

#: 64 before the @, 63 in a part behind it: RFC 5321, RFC 1035. Without such bounds a long word takes seconds.
_EMAIL = regex.compile(
    r"[\p{L}\p{N}._%+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?"
    r"[\p{L}\p{N}-]{1,63}(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\p{L}\p{N}-]{1,63}){1,8}",
    regex.IGNORECASE,
)
#: Before the @, what is a desk and not a person, in the languages of our words.
_NAMES = (
    "help hilfe hulp aide ayuda aiuto ajuda pomoc support service kundenservice care info infos contact kontakt "
    "contacto contatto hello hallo hola press presse prensa stampa office team mail feedback returns orders shop sales "
    "legal privacy datenschutz noreply no-reply jobs complaints reclamaciones"
)
_DESKS = frozenset(_NAMES.split())

#: Where somebody who writes this language may be.
_REGIONS: Mapping[str, Sequence[str]] = {
    "en": ("GB", "US", "IE", "AU"),
    "de": ("DE", "AT", "CH"),
    "fr": ("FR", "BE", "CH"),
    "es": ("ES", "MX", "AR"),
    "it": ("IT",),
    "pt": ("PT", "BR"),
    "nl": ("NL", "BE"),
    "pl": ("PL",),
    "ru": ("RU",),
    "tr": ("TR",),
    "ja": ("JP",),
    "zh": ("CN",),
    "hi": ("IN",),
    "ar": ("SA", "EG", "AE"),
}
#: Numbers that are nobody's own.
_PUBLIC = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
#: How people write their mobile numbers without a 0 before them, where that is usual. Chinese ones are so plain that
#: they are found in every language.
_MOBILES: Mapping[str, str] = {
    "CN": r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}",
    "ES": r"[67]\d{8}",
    "IN": r"[6-9]\d{9}",
    "IT": r"3\d{9}",
    "PL": r"[4-8]\d{8}",
    "RU": r"89\d{9}",
    "TR": r"5\d{9}",
}
_EVERYWHERE = "CN"
#: Letters of scripts that put no space between words: a number begins beside them.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}ー]")
_FREE = regex.compile(r"^\W*(?:0800|00800|0[38]00|800|900 0|1-?800|1-?888)")
_NARROW: Mapping[str, str] = {"＋": "+", "－": "-", "（": "(", "）": ")", "　": " "}
#: How a number looks that somebody dials: it begins with +, 0 or (, or is written in groups.
_DIALLED = regex.compile(r"^(?:\+|\(?0|\()")
_GROUPED = regex.compile(r"^\d{2,5}(?: \d{2,5}){1,4}$")

_CARD = regex.compile(r"(?<![\d.,/-])(?:\d[ -]?){12,18}\d(?![\d/-])")
_IBAN = regex.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_NUMBERED = r"(?:\s*(?:number|no\.?|nr\.?|num\.?|n[°ºo]\.?|reference|ref\.?|номер|numara|號|号|号は))*\s*[:#№]?\s*"
_CODE = r"(?P<code>(?=[\p{Lu}\d/-]*\d)[\p{Lu}\d](?:[\p{Lu}\d]|[/-](?=[\p{Lu}\d])){4,})(?![\p{Ll}])"


def emails(text: str, ours: Collection[str] = ()) -> list[str]:
    """Addresses of people. A desk's is none of them, nor any at a domain of ours."""
    found = []
    for match in _EMAIL.finditer(text):
        one = match.group()
        name, _, domain = regex.sub(
            r"\s|\(|\)|\[|\]", "", one.lower().replace("(at)", "@").replace("[at]", "@")
        ).partition("@")
        own = any(domain == mine or domain.endswith(f".{mine}") for mine in ours)
        if not own and name not in _DESKS and name.split(".")[0] not in _DESKS:
            found.append(one)
    return found


def phones(text: str, languages: Collection[str]) -> list[str]:
    """Telephone numbers of people, as they are dialled where these languages are spoken."""
    regions = dict.fromkeys(region for language in languages for region in _REGIONS.get(language, ()))
    said = _in_our_digits(text)
    found: dict[int, int] = {}
    for region in regions:
        for match in PhoneNumberMatcher(said, region, leniency=Leniency.POSSIBLE):
            if match.start not in found and _is_dialled(match.raw_string, match.number, said, match.start):
                found[match.start] = match.end
    for region in dict.fromkeys((*regions, _EVERYWHERE)):
        found |= _mobiles(said, region)
    return [text[start:end] for start, end in found.items()]


def _in_our_digits(text: str) -> str:
    """Every digit as 0 to 9 and every wide sign as a narrow one, each in its place."""
    return "".join(
        str(digit) if (digit := unicodedata.decimal(char, None)) is not None else _NARROW.get(char, char)
        for char in text
    )


def _mobiles(text: str, region: str) -> Mapping[int, int]:
    """Where each begins and ends."""
    if region not in _MOBILES:
        return {}
    return {
        match.start(): match.end()
        for match in regex.finditer(rf"(?<!\d){_MOBILES[region]}(?!\d)", text)
        if not _goes_on(text, match.start(), match.end())
        and phonenumbers.is_valid_number(phonenumbers.parse(match.group(), region))
    }


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether what is before or behind it makes it a piece of something longer: a code, an address."""
    before, behind = text[max(start - 1, 0) : start], text[end : end + 1]
    return before in {*"#/-._="} or _belongs(before) or _belongs(behind)


def _belongs(char: str) -> bool:
    """Whether a number beside this goes on in it, or begins in it; "" is the edge of the text."""
    return char.isalnum() and not _UNSPACED.match(char)


def _is_dialled(raw: str, number: phonenumbers.PhoneNumber, text: str, start: int) -> bool:
    digits = sum(char.isdigit() for char in raw)
    if (
        digits < 9
        or any(char.isalpha() for char in raw)
        or _FREE.match(raw)
        or phonenumbers.number_type(number) in _PUBLIC
    ):
        return False
    before = text[max(start - 1, 0) : start]
    if before and (before in "#/-." or _belongs(before)):
        return False
    if _DIALLED.match(raw):
        return True
    try:
        return bool(_GROUPED.match(raw)) and phonenumbers.is_valid_number(number)
    except NumberParseException:
        return False


def orders(text: str, called: Sequence[str]) -> list[str]:
    """Numbers of orders and bookings: what stands right behind the word for one, with a digit and no small letters."""
    if not called:
        return []
    names = "|".join(regex.escape(one) for one in called)
    pattern = regex.compile(rf"(?:(?<!\p{{L}})|(?<=[\p{{Han}}\p{{Hiragana}}]))(?i:{names})(?i:{_NUMBERED}){_CODE}")
    found = []
    for match in pattern.finditer(text):
        code = match["code"]
        digits = sum(char.isdigit() for char in code)
        if digits >= 5 or (digits >= 1 and len(code) >= 6 and any(char.isalpha() for char in code)):
            found.append(code)
    return found


def cards(text: str) -> list[str]:
    """Card numbers with the right check digit, and bank accounts in the international form with theirs."""
    found = [match.group() for match in _CARD.finditer(text) if _luhn(match.group())]
    return found + [match.group() for match in _IBAN.finditer(text) if _iban(match.group())]


def _luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in (2, 3, 4, 5, 6) or (len(text) == 13 and _is_article(digits)):
        return False
    doubled = [digit if nth % 2 == 0 else digit * 2 - 9 * (digit > 4) for nth, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_article(digits: Sequence[int]) -> bool:
    """The number below the bars on a box: thirteen digits with a check digit of their own (GTIN-13)."""
    return sum(digit * (3 if nth % 2 else 1) for nth, digit in enumerate(digits)) % 10 == 0


def _iban(text: str) -> bool:
    """ISO 13616: the first four to the end, letters as 10 to 35, modulo 97 is 1. The shape alone is enough where a
    bank's letters stand in it: an invented one is a bank account to whoever reads it."""
    bare = text.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    moved = "".join(str(int(char, 36)) for char in bare[4:] + bare[:4])
    return int(moved) % 97 == 1 or bare[4:8].isalpha()
