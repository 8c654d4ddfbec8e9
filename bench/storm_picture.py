"""Draws what `bench.storm` measured: JSON on stdin, a PNG at the path that is named. A process of its own."""

from __future__ import annotations

import json
import sys
from collections import Counter

import matplotlib as mpl


def main() -> None:
    """Four strips over the same minutes: posts, messages, how far intake is behind, memory."""
    mpl.use("Agg")
    from matplotlib.figure import Figure

    said = json.load(sys.stdin)
    figure = Figure(figsize=(7.2, 6.4), dpi=150, facecolor="#fbfbf9", layout="constrained")
    above, talk, late, memory = figure.subplots(4, 1, sharex=True)
    above.plot([at / 60 for at, _ in said["sent"]], [count for _, count in said["sent"]], color="#0072b2")
    above.set_title("posts heard, all in all", loc="left", fontsize=9)
    minutes = Counter(int(at // 10) for at in said["messages"])
    talk.bar([ten / 6 for ten in minutes], [count / 10 for count in minutes.values()], width=0.14, color="#009e73")
    talk.axhline(1, color="#d55e00", linewidth=0.8)
    talk.set_title("messages in the channel, a second (the line: what Slack takes)", loc="left", fontsize=9)
    late.plot([at / 60 for at, _ in said["behind"]], [seconds for _, seconds in said["behind"]], color="#cc79a7")
    late.set_title("seconds that intake is behind", loc="left", fontsize=9)
    memory.plot([at / 60 for at, _ in said["memory"]], [size for _, size in said["memory"]], color="#5a6270")
    memory.set_title("memory of the bot, MB", loc="left", fontsize=9)
    memory.set_xlabel("minutes", fontsize=9)
    for axes in (above, talk, late, memory):
        axes.set_facecolor("#fbfbf9")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#dcdfe4", linewidth=0.7)
        axes.tick_params(labelsize=8, length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    figure.savefig(sys.argv[1], metadata={"Software": None})


if __name__ == "__main__":
    main()
