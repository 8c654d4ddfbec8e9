"""Markdown as boards show it: HTML for their answers, and the words that a visitor reads. Simple, but not forgiving."""

import html
import re

_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<comment><!--.*?-->)"
    r"|<(?P<angle>https?://[^\s<>]*)>"
    r"|(?P<tag></?[A-Za-z][^<>]*>)"
    r"|(?P<bare>https?://[^\s<>]*[^\s<>.,;:!?'\"*_~)])"
    r"|\[(?P<label>[^\[\]]*)\]\(<?(?P<target>[^\s()<>]*)>?\)"
    r"|`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>(?:[^*\\]|\\.)+)\*\*"
    r"|\*(?P<star>(?:[^*\\]|\\.)+)\*"
    r"|(?<![\w])_(?P<under>(?:[^_\\]|\\.)+)_(?!\w)"
    r"|~~(?P<struck>(?:[^~\\]|\\.)+)~~"
    r"|:(?P<emoji>[a-z_]+):"
    r"|(?P<smiley>:-?[)D])"
    r"|(?P<entity>&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,12});)",
    re.S,
)
_WRAPS = {"strong": "strong", "star": "em", "under": "em", "struck": "del"}
_MARKER = re.compile(r"(?:[-*+]|\d+[.)])[ \t]+")


def to_html(source: str) -> str:
    out: list[str] = []
    for block in re.split(r"\n[ \t]*\n", source.replace("\r\n", "\n").strip("\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines and all(line.startswith(("    ", "\t")) for line in lines):
            out.append("<pre><code>" + html.escape("\n".join(lines), quote=False) + "</code></pre>")
        elif lines:
            out += _lines(lines)
    return "\n".join(out)


def visible(source: str) -> str:
    """What a visitor reads: the words, line breaks and empty lines between paragraphs; no marks."""
    shown = re.sub(r"<br>\n?", "\0", to_html(source)).replace("\n", "")
    shown = re.sub(r"</(?:p|h\d|li|pre|blockquote)>", "\n\n", shown)
    shown = re.sub(r"<[^>]*>", "", shown).replace("\0", "\n")
    return re.sub(r"\n{3,}", "\n\n", html.unescape(shown)).strip("\n")


def plain_html(words: str) -> str:
    """What somebody typed, shown word for word."""
    paragraphs = html.escape(words, quote=False).split("\n\n")
    return "\n".join("<p>" + one.replace("\n", "<br>\n") + "</p>" for one in paragraphs)


def _lines(lines: list[str]) -> list[str]:
    out: list[str] = []
    text: list[str] = []

    def end(tag: str = "p") -> None:
        if text:
            inner = _inline("\n".join(line.strip() for line in text))
            out.append(f"<{tag}>{inner}</{tag}>" if inner.strip() else "")
            text.clear()

    for line in lines:
        stripped = line.lstrip()
        heading = re.match(r"(#{1,6})[ \t]+(.*)", stripped)
        marker = _MARKER.match(stripped)
        if text and re.fullmatch(r"=+[ \t]*|-+[ \t]*", stripped):
            end("h1")
        elif heading is not None:
            end()
            out.append(f"<h1>{_inline(heading[2])}</h1>")
        elif re.fullmatch(r"(?:[-*_][ \t]*){3,}", stripped):
            end()
            out.append("<hr>")
        elif stripped.startswith(">"):
            end()
            out.append(f"<blockquote><p>{_inline(stripped[1:].strip())}</p></blockquote>")
        elif marker is not None:
            end()
            out.append(f"<ul><li>{_inline(stripped[marker.end() :])}</li></ul>")
        else:
            text.append(line)
    end()
    return out


def _inline(words: str) -> str:
    out: list[str] = []
    at = 0
    for found in _INLINE.finditer(words):
        out += [_words(words[at : found.start()]), _span(found)]
        at = found.end()
    return "".join([*out, _words(words[at:])])


def _words(words: str) -> str:
    return html.escape(words, quote=False).replace("\n", "<br>\n")


def _span(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    words = found[kind]
    match kind:
        case "escaped":
            return html.escape(words, quote=False)
        case "comment" | "tag":
            return ""
        case "angle" | "bare":
            return _link(words, html.escape(words, quote=False))
        case "target":
            return _link(words, _inline(found["label"]))
        case "code":
            return f"<code>{html.escape(words, quote=False)}</code>"
        case "emoji" | "smiley":
            return "🙂"
        case "entity":
            return html.escape(html.unescape(words), quote=False)
        case _:
            return f"<{_WRAPS[kind]}>{_inline(words)}</{_WRAPS[kind]}>"


def _link(target: str, label: str) -> str:
    return f'<a href="{html.escape(target)}">{label}</a>'
