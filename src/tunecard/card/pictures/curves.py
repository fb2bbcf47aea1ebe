"""Curves that a probe recorded: one panel each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunecard.card.by_shape import Point, points_of
from tunecard.card.markdown import escape
from tunecard.card.numbers import plain_number
from tunecard.card.pictures.canvas import BLUE, blank, rules, wrap_label
from tunecard.evidence import Finding, Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST_POINTS = 2
MOST_CURVES = 4
PANEL = 2.2  # inches


def curves_of(findings: Findings) -> list[tuple[Finding, list[Point]]]:
    """The first curves among the records of probes, each with its points."""
    found = [(finding, points_of(finding.value)) for finding in findings.under("examination")]
    return [(finding, points) for finding, points in found if len(points) >= LEAST_POINTS][:MOST_CURVES]


def sources(findings: Findings) -> list[str]:
    """What is drawn."""
    return [finding.id for finding, _ in curves_of(findings)]


def words(findings: Findings) -> str:
    """Where each curve begins and ends."""
    said = [
        f"{escape(finding.name, 60)} from {plain_number(points[0][1])} to {plain_number(points[-1][1])}"
        for finding, points in curves_of(findings)
    ]
    return f"Curves of probes: {'; '.join(said)}." if said else ""


def draw(findings: Findings) -> Figure:
    """Each curve in its recorded order, on a scale of its own."""
    curves = curves_of(findings)
    figure, axes = blank(PANEL * len(curves), "What probes found", (1.0,) * len(curves))
    for axis, (finding, points) in zip(axes, curves, strict=True):
        axis.plot(*zip(*points, strict=True), color=BLUE, marker="o", linewidth=2)
        axis.set_title(wrap_label(finding.name, 40))
        axis.set_ylabel(finding.unit or "")
        rules(axis, "y")
    return figure
