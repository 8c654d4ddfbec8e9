"""Markdown as Reddit shows it: HTML for its answers, and the words that a visitor reads. Simple, but not forgiving."""

import html
import re

_ESCAPABLE = "\\`*_{}[]()#+-.!:|&<>^~"  # snudown's markdown.c
_INLINE = re.compile(
    r"\\(?P<escaped>[" + re.escape(_ESCAPABLE) + r"])"
    r"|<(?P<angle>https?://[^\s<>]*)>"
    r"|(?P<bare>https?://[^\s<>]*[^\s<>.,;:!?'\"*_~])"
    r"|\[(?P<label>[^\[\]]*)\]\(<?(?P<target>[^\s()<>]*)>?\)"
    r"|`(?P<code>[^`]+)`"
    r"|\*\*(?P<strong>(?:[^*\\]|\\.)+)\*\*"
    r"|\*(?P<star>(?:[^*\\]|\\.)+)\*"
    r"|(?<![\w])_(?P<under>(?:[^_\\]|\\.)+)_(?!\w)"
    r"|~~(?P<struck>(?:[^~\\]|\\.)+)~~"
    r"|>!(?P<spoiler>.+?)!<"
    r"|\^(?P<super>[^\s^]+)"
    r"|(?<![\w/])(?P<name>/?(?:u|r|user)/[A-Za-z0-9_-]+)"
    r"|(?P<entity>&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,12});)",
    re.S,
)
_WRAPS = {"strong": "strong", "star": "em", "under": "em", "struck": "del", "super": "sup"}
_MARKER = re.compile(r"(?:[-*+]|\d+[.)])[ \t]+")


def to_html(source: str) -> str:
    """As `body_html` has it."""
    return f'<div class="md">{_blocks(source)}\n</div>'


def visible(source: str) -> str:
    """What a visitor reads: the words, line breaks and empty lines between paragraphs; no marks."""
    shown = re.sub(r"\n", "", _blocks(source))
    shown = re.sub(r"<br/>", "\n", shown)
    shown = re.sub(r"</(?:p|h\d|li|pre|blockquote)>", "\n\n", shown)
    return re.sub(r"\n{3,}", "\n\n", html.unescape(re.sub(r"<[^>]*>", "", shown))).strip("\n")


def _blocks(source: str) -> str:
    out: list[str] = []
    for block in re.split(r"\n[ \t]*\n", source.replace("\r\n", "\n").strip("\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        if all(line.startswith(("    ", "\t")) for line in lines):
            code = "\n".join(line[4:] for line in lines)
            out.append(f"<pre><code>{html.escape(code, quote=False)}</code></pre>")
            continue
        out += _lines(lines)
    return "\n\n".join(out)


def _lines(lines: list[str]) -> list[str]:
    """The blocks within lines that no empty line parts."""
    out: list[str] = []
    text: list[str] = []

    def end() -> None:
        if text:
            out.append(f"<p>{_paragraph(text)}</p>")
            text.clear()

    for line in lines:
        stripped = line.lstrip()
        heading = re.match(r"(#{1,6})[ \t]*(.*)", stripped)
        marker = _MARKER.match(stripped)
        if text and re.fullmatch(r"=+[ \t]*|-+[ \t]*", stripped):
            out.append(f"<h1>{_paragraph(text)}</h1>")
            text.clear()
        elif heading is not None:
            end()
            out.append(f"<h{len(heading[1])}>{_inline(heading[2])}</h{len(heading[1])}>")
        elif re.fullmatch(r"(?:[-*_][ \t]*){3,}", stripped):
            end()
            out.append("<hr/>")
        elif stripped.startswith(">") and not stripped.startswith(">!"):
            end()
            out.append(f"<blockquote><p>{_inline(stripped[1:].strip())}</p></blockquote>")
        elif marker is not None:
            end()
            kind = "ol" if stripped[0].isdigit() else "ul"
            out.append(f"<{kind}><li>{_inline(stripped[marker.end() :])}</li></{kind}>")
        else:
            text.append(line)
    end()
    return out


def _paragraph(lines: list[str]) -> str:
    words = ""
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        words += line.strip() + ("" if last else "\0" if line.endswith("  ") else "\1")
    return _inline(words).replace("\0", "<br/>\n").replace("\1", " ")


def _inline(words: str) -> str:
    out: list[str] = []
    at = 0
    for found in _INLINE.finditer(words):
        out.append(html.escape(words[at : found.start()], quote=False))
        out.append(_span(found))
        at = found.end()
    out.append(html.escape(words[at:], quote=False))
    return "".join(out)


def _span(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    words = found[kind]
    if kind == "escaped":
        return html.escape(words, quote=False)
    if kind in ("angle", "bare"):
        return _link(words, html.escape(words, quote=False))
    if kind == "target":
        return _link(words, _inline(found["label"]))
    if kind == "code":
        return f"<code>{html.escape(words, quote=False)}</code>"
    if kind == "spoiler":
        return f'<span class="md-spoiler-text">{_inline(words)}</span>'
    if kind == "name":
        return _link("/" + words.lstrip("/"), html.escape(words, quote=False))
    if kind == "entity":
        return html.escape(html.unescape(words), quote=False)
    return f"<{_WRAPS[kind]}>{_inline(words)}</{_WRAPS[kind]}>"


def _link(target: str, label: str) -> str:
    return f'<a href="{html.escape(target)}">{label}</a>'
