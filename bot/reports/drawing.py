"""Draws one chart: JSON on stdin, a PNG on stdout. A program of its own, so that its library is never in the bot.

    python -m bot.reports.drawing <chart.json >chart.png

What is on the chart is decided in `bot.chat.cards.chart`; here is only what it looks like: as wide as a phone, on a
ground of its own that is readable in dark and in light, and in colours that differ for everybody (Okabe and Ito 2008).
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Inches, and dots in each: 720 dots are a phone's 360 points, twice as fine.
WIDE, HIGH, DOTS = 3.6, 3.5, 200

GROUND, INK, SOFT, LINES = "#fbfbf9", "#20242a", "#5a6270", "#dcdfe4"
COLOURS = ("#0072b2", "#e69f00", "#56b4e9", "#cc79a7", "#f0e442", "#9aa1ab")
IN_TIME, LATE = "#009e73", "#d55e00"

#: So many names stand beside each other above the bars, each with so many letters.
NAMES, LETTERS = 4, 14

#: More labels than these below the bars would touch each other.
LABELS = 8


@dataclass(frozen=True)
class Chart:
    """What came in on stdin, as ours."""

    posts_title: str
    answers_title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[int]]]
    in_time: Sequence[int]
    late: Sequence[int]
    notes: Sequence[str]


def read_chart(said: object) -> Chart:
    """Raises ValueError for anything but a chart whose rows are all as long as its labels."""
    if not isinstance(said, Mapping):
        raise ValueError("not a chart")
    labels, series = _texts(said.get("labels")), said.get("series")
    if not labels or not isinstance(series, list):
        raise ValueError("no labels, or no series")
    rows: list[tuple[str, Sequence[int]]] = []
    for one in series:
        if not isinstance(one, list | tuple) or len(one) != 2:
            raise ValueError("a series is a name and its numbers")
        rows.append((str(one[0]), _counts(one[1], len(labels))))
    notes = _texts(said.get("notes"))
    if len(notes) not in {0, len(labels)}:
        raise ValueError("a note for each bar, or none")
    return Chart(
        posts_title=str(said.get("posts_title", "")),
        answers_title=str(said.get("answers_title", "")),
        labels=labels,
        series=rows,
        in_time=_counts(said.get("in_time"), len(labels)),
        late=_counts(said.get("late"), len(labels)),
        notes=notes,
    )


def _texts(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _counts(value: object, length: int) -> Sequence[int]:
    if not isinstance(value, list | tuple) or len(value) != length:
        raise ValueError("a number for each bar")
    if not all(isinstance(one, int) and one >= 0 for one in value):
        raise ValueError("numbers are whole and not negative")
    return list(value)


def png(chart: Chart) -> bytes:
    """The picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    # Names come from settings: never read as formulas.
    with mpl.rc_context({"text.parse_math": False, "font.size": 8, "hatch.linewidth": 0.8}):
        figure = Figure(figsize=(WIDE, HIGH), dpi=DOTS, facecolor=GROUND, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _bars(above, chart.posts_title, chart.series, COLOURS)
        answers = [("in time", chart.in_time), ("too late", chart.late)]
        _bars(below, chart.answers_title, answers, (IN_TIME, LATE), hatched="too late")
        _notes(below, chart)
        _below(below, chart.labels)
        out = io.BytesIO()
        figure.savefig(out, format="png", facecolor=GROUND, metadata={"Software": None})
    return out.getvalue()


def _bars(
    axes: Axes,
    title: str,
    series: Sequence[tuple[str, Sequence[int]]],
    colours: Sequence[str],
    *,
    hatched: str = "",
) -> None:
    """Rows stacked on each other, with their names above."""
    from matplotlib.ticker import MaxNLocator

    axes.set_facecolor(GROUND)
    rows = -(-sum(any(row) for _, row in series) // NAMES)
    axes.set_title(title, loc="left", color=INK, fontsize=9.5, fontweight="bold", pad=4 + 12 * rows)
    bottom = [0] * max((len(row) for _, row in series), default=0)
    shown = [(name, row) for name, row in series if any(row)]
    for (name, row), colour in zip(series, colours, strict=False):
        if not any(row):
            continue
        places, name = range(len(row)), _short(name)
        hatch = "////" if name == hatched else None  # not by colour alone
        axes.bar(
            places, row, bottom=bottom, color=colour, width=0.78, label=name, hatch=hatch, edgecolor=GROUND, lw=0.6
        )
        bottom = [one + more for one, more in zip(bottom, row, strict=True)]
    if shown:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.01, 0.985),
            ncols=NAMES,
            fontsize=7.5,
            frameon=False,
            labelcolor=SOFT,
            handlelength=0.9,
            handletextpad=0.4,
            columnspacing=1.0,
            borderaxespad=0.1,
        )
    axes.set_ylim(0, max([*bottom, 1]) * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.tick_params(colors=SOFT, length=0, labelsize=8)
    axes.grid(axis="y", color=LINES, linewidth=0.7)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)


def _short(name: str) -> str:
    return name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"


def _notes(axes: Axes, chart: Chart) -> None:
    """Above each bar of answers, where there is room for words."""
    if not any(chart.notes):
        return
    tops = [good + late for good, late in zip(chart.in_time, chart.late, strict=True)]
    axes.set_ylim(0, max([*tops, 1]) * 1.35)
    for place, (top, note) in enumerate(zip(tops, chart.notes, strict=True)):
        axes.annotate(
            note, (place, top), xytext=(0, 2), textcoords="offset points", ha="center", fontsize=7, color=SOFT
        )


def _below(axes: Axes, labels: Sequence[str]) -> None:
    every = -(-len(labels) // LABELS)
    places = list(range(0, len(labels), every))
    axes.set_xticks(places, [labels[place] for place in places])
    axes.set_xlim(-0.6, len(labels) - 0.4)


def main() -> int:
    """0: drawn; 1: what came in is no chart."""
    try:
        chart = read_chart(json.loads(sys.stdin.buffer.read()))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(png(chart))
    return 0


if __name__ == "__main__":
    sys.exit(main())
