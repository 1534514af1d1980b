"""One trial's learning curve as a picture that needs no script: SVG, for Optuna's dashboard."""

from __future__ import annotations

from xml.etree import ElementTree as ET  # nosec B405 # it writes, and parses nothing

from reports import text
from reports.figures.style import BLUE, INK, ORANGE
from studies.results.study_result import TrialResult

_WIDTH, _HEIGHT = 200, 150  # of the dashboard's card
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 192, 40, 126  # where the curve is


def learning_curve(trial: TrialResult, metric: str) -> str:
    """The values of ``metric`` by epoch, and the epoch whose value is the trial's. The axis begins
    at the lowest value, because a curve has to be seen in a small picture."""
    svg = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {_HEIGHT}")
    svg.attrib |= {"font-family": "sans-serif", "font-size": "11", "fill": INK}
    ET.SubElement(svg, "title").text = f"trial {trial.number}: {metric} by epoch"
    if not trial.curve:
        _write(svg, _LEFT, 20, "no epoch yet")
        return ET.tostring(svg, encoding="unicode")
    epochs, values = zip(*trial.curve, strict=True)
    first, last, low, high = epochs[0], epochs[-1], min(values), max(values)

    def place(epoch: int, value: float) -> tuple[float, float]:
        across = (epoch - first) / max(last - first, 1)
        up = (value - low) / (high - low) if high > low else 0.5
        return _LEFT + across * (_RIGHT - _LEFT), _BOTTOM - up * (_BOTTOM - _TOP)

    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in trial.curve))
    ET.SubElement(svg, "polyline", {"points": points, "fill": "none", "stroke": BLUE})
    best, by_epoch = trial.best_epoch, dict(trial.curve)
    counts = best if best is not None and best in by_epoch else last
    x, y = place(counts, by_epoch[counts])
    ET.SubElement(svg, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4", "fill": ORANGE})
    _write(svg, _LEFT, 14, f"{metric} {text.score(by_epoch[counts])} in epoch {counts}")
    _write(svg, _LEFT, 29, f"from {text.score(low)} to {text.score(high)}")
    _write(svg, _LEFT, 144, f"epoch {first}")
    _write(svg, _RIGHT, 144, f"{last}", "end")
    return ET.tostring(svg, encoding="unicode")


def _write(svg: ET.Element, x: float, y: float, words: str, anchor: str = "start") -> None:
    ET.SubElement(svg, "text", {"x": f"{x}", "y": f"{y}", "text-anchor": anchor}).text = words
