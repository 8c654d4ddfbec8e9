"""A card as plain text, for golden files: what a person reads, with what can be pressed."""

from __future__ import annotations

from bot.chat.contract import (
    Button,
    Buttons,
    Card,
    Divider,
    Emoji,
    Heading,
    Line,
    LinkTo,
    Mention,
    Part,
    Picture,
    Plain,
    Quote,
    Time,
    Words,
)


def text_of(card: Card) -> str:
    lines = [f"[{card.summary}]"]
    for block in card.blocks:
        match block:
            case Heading(text):
                lines.append(f"# {text}")
            case Line(parts, small):
                lines.append(("  . " if small else "") + "".join(map(_part, parts)))
            case Quote(parts):
                lines += [f"> {line}" for line in "".join(map(_part, parts)).split("\n")]
            case Picture(url, alt):
                lines.append(f"(picture: {alt}; {url})")
            case Divider():
                lines.append("---")
            case Buttons(shown, more):
                lines.append("".join(map(_button, shown)) + ("  … " + "".join(map(_button, more)) if more else ""))
    if card.mentions:
        lines.append("pings: " + ", ".join(one.name for one in card.mentions))
    return "\n".join(lines)


def _part(part: Part) -> str:
    match part:
        case Plain(text, bold=bold, code=code):
            return f"`{text}`" if code else f"*{text}*" if bold else text
        case Words(text, strike=strike):
            return f"~{text}~" if strike else text
        case LinkTo(url, text):
            return f"{text}<{url}>"
        case Mention(name=name):
            return f"@{name}"
        case Time(at=at):
            return f"{at:%H:%M}"
        case Emoji(char=char):
            return char


def _button(button: Button) -> str:
    return f"[{button.label}]" + ("?" if button.confirm else "")
