"""Draws the results of a run: each ratio beside its goal, and how cost grows with size.

Figures of a result's detail that are called `<what>_at_<size>` form a curve.
"""

import math
import re
from collections import defaultdict
from html import escape

from tests.bench.result import Result

WIDTH, LEFT, RIGHT, LINE = 900, 330, 120, 30
CURVE_HEIGHT = 130
STYLE = """text{font:13px system-ui,sans-serif;fill:#1f2933}.dim{fill:#52606d}.ok{fill:#2f7d5b}.no{fill:#b4540a}
.goal,.axis{stroke:#1f2933;fill:none}.axis{stroke:#9aa5b1}.curve{stroke:#2b5f9e;fill:none;stroke-width:2}"""


def picture(results: list[Result]) -> str:
    """The SVG. Bars are ratio divided by goal: the line marks the goal."""
    parts: list[str] = []
    y = 40
    for one in results:
        parts.append(bar(one, y))
        y += LINE
    for name, points in curves(results).items():
        parts.append(curve(name, points, y + 20))
        y += CURVE_HEIGHT + 50
    head = f'<text x="10" y="20">Ratio to the limit; the line is the goal</text>{"".join(parts)}'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 20}" role="img" aria-label="Measurements">'
        f"<style>{STYLE}</style>{head}</svg>\n"
    )


def bar(result: Result, y: int) -> str:
    """One row: name, bar, goal, figures."""
    room = WIDTH - LEFT - RIGHT
    scale = room / 2
    length = min(result.ratio / result.goal, 2.0) * scale
    kind = "ok" if result.ratio >= result.goal else "no"
    return (
        f'<text x="10" y="{y + 15}">{result.row} {escape(result.name[:44])}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{y}" width="{length:.1f}" height="20"/>'
        f'<path class="goal" d="M{LEFT + scale} {y - 4}v28"/>'
        f'<text class="dim" x="{WIDTH - RIGHT + 8}" y="{y + 15}">{result.ratio:.2f} of {result.goal:.2f}</text>'
    )


def curves(results: list[Result]) -> dict[str, list[tuple[float, float]]]:
    """(size, figure) for each `<what>_at_<size>`, by what."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for result in results:
        for key, value in result.detail.items():
            if (match := re.fullmatch(r"(.+)_at_(\d+)", key)) and isinstance(value, (int, float)):
                found[f"{result.row} {match[1].replace('_', ' ')}"].append((float(match[2]), float(value)))
    return {name: sorted(points) for name, points in found.items() if len(points) > 1}


def curve(name: str, points: list[tuple[float, float]], y: int) -> str:
    """Size to the right (logarithmic), figure upwards from zero."""
    low, high = math.log10(max(points[0][0], 1)), math.log10(points[-1][0])
    top = max(value for _, value in points) or 1.0
    room = WIDTH - 200

    def place(size: float, value: float) -> tuple[float, float]:
        across = (math.log10(max(size, 1)) - low) / ((high - low) or 1)
        return 80 + across * room, y + CURVE_HEIGHT - value / top * (CURVE_HEIGHT - 20)

    places = [place(*point) for point in points]
    line = " ".join(f"{x:.1f},{height:.1f}" for x, height in places)
    labels = "".join(
        f'<text class="dim" x="{x - 15:.1f}" y="{y + CURVE_HEIGHT + 16}">{size:g}</text>'
        f'<text class="dim" x="{x - 15:.1f}" y="{height - 6:.1f}">{value:.3g}</text>'
        for (size, value), (x, height) in zip(points, places, strict=True)
    )
    return (
        f'<text x="10" y="{y}">{escape(name)}</text><path class="axis" d="M80 {y + CURVE_HEIGHT}h{room}"/>'
        f'<polyline class="curve" points="{line}"/>{labels}'
    )
