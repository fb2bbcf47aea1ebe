"""What the probes of layers and of merging found: tables, the sentences above them, and what of it is a limit."""

from __future__ import annotations

from typing import Any

from tunecard.card import facts
from tunecard.card.markdown import escape, listing, table
from tunecard.card.numbers import count, difference_range, percent, score, score_range, signed, significant
from tunecard.card.record_links import cite
from tunecard.card.thresholds import LEAST_DROP, LEAST_FLIP_RATE
from tunecard.evidence import Findings

LAYERS, MERGING = "examination.without_layer", "examination.merging"
ALL = "all"
SHOWN_ROWS, SHOWN_WORDS = 12, 3
Record = dict[str, Any]


def layers_told(findings: Findings) -> str:
    """Which layers matter, and a row for each; "" where none was taken away."""
    records = facts.records_of(findings, LAYERS)
    layers, of_all = [one for one in records if one.get("layers") != ALL], _of_all(findings)
    if not layers:
        return ""
    shown = sorted(sorted(layers, key=_weight)[:SHOWN_ROWS], key=layers.index) + ([of_all] if of_all else [])
    lead = (
        f"**Without the update of a layer** (head as trained, n = {_n(findings, LAYERS)}): {_which(findings, layers)}"
    )
    more = " Those that change most:" if len(layers) > SHOWN_ROWS else ""
    header = ["without the update of", "answers that change", *_score_headings(findings)]
    rows = [[_layer(one), _flips(findings, LAYERS, one), *_score_cells(findings, LAYERS, one)] for one in shown]
    return f"{lead}{more}\n\n{table(header, rows)}"


def merging_told(findings: Findings) -> str:
    """What merging changes, in fp32 and in int8; "" where nothing was merged."""
    records = facts.records_of(findings, MERGING)
    if not records:
        return ""
    header = ["merged, weights in", "answers that change", "largest difference of a logit", *_score_headings(findings)]
    rows = [
        [
            escape(str(one.get("weights")), 20),
            _flips(findings, MERGING, one),
            cite(findings, MERGING, significant(facts.amount(one.get("largest_logit_difference")), 2)),
            *_score_cells(findings, MERGING, one),
        ]
        for one in records
    ]
    lead = f"**Merged into the base's weights** (n = {_n(findings, MERGING)}), beside the adapter on its base:"
    return f"{lead}\n\n{table(header, rows)}"


def limits(findings: Findings) -> list[str]:
    """An adapter whose updates change nothing that can be told, and what merging costs where it is much."""
    found = []
    of_all = _of_all(findings)
    if of_all is not None and of_all.get("distinguishable") is False:
        changes = (_pair(of_all.get("flip_interval")) or (0.0, 0.0))[0] >= LEAST_FLIP_RATE
        lead = "Updates that move answers, not the score" if changes else "Not distinguishable from the base"
        found.append(
            f"**{lead} under the same head:** without any of its updates the "
            f"{_measure(findings)} of {_n(findings, LAYERS)} rows goes {_ends(findings, LAYERS, of_all)} and "
            f"{_changed(findings, of_all)}: no more than chance explains; few rows could hide it."
        )
    costly = [one for one in facts.records_of(findings, MERGING) if _costs(one)]
    if costly:
        told = listing([f"{escape(str(one.get('weights')), 20)} {_flips(findings, MERGING, one)}" for one in costly])
        found.append(f"**Merging changes answers:** shares of the answers with the merged weights held in {told}.")
    return found


def advice(findings: Findings) -> list[str]:
    """What to do where merging costs much."""
    costly = [str(one.get("weights")) for one in facts.records_of(findings, MERGING) if _costs(one)]
    held = listing([escape(weights, 20) for weights in costly])
    return [f"Score it again before it is served merged with weights in {held}."] if costly else []


def _of_all(findings: Findings) -> Record | None:
    return next((one for one in facts.records_of(findings, LAYERS) if one.get("layers") == ALL), None)


def _which(findings: Findings, layers: list[Record]) -> str:
    """The layers whose loss chance does not explain, or that none is."""
    number = cite(findings, LAYERS, count(len(layers)))
    matter = sorted((one for one in layers if one.get("distinguishable") is True), key=_weight)
    if any("drop" not in one for one in layers):
        return f"{number} were taken away in turn; no row has a label to score against."
    if not matter:
        return f"of {number} taken away in turn, none is shown to matter to the {_measure(findings)} by itself."
    told = [f"{_layer(one)} ({_loss(findings, LAYERS, one)})" for one in matter[:SHOWN_WORDS]]
    return f"of {number} taken away in turn, corrected for all, {_measure(findings)} hangs most on {listing(told)}."


def _weight(one: Record) -> tuple[float, float]:
    """Sorts what costs most first."""
    return -facts.amount(one.get("drop")), -facts.amount(one.get("flip_rate"))


def _layer(one: Record) -> str:
    name = escape(str(one.get("layers")), 40)
    if name == ALL:
        return "all layers"
    return f"layer{'s' if ' to ' in name else ''} {name}" if name[:1].isdigit() else f"modules {name}"


def _score_headings(findings: Findings) -> list[str]:
    return [f"{_measure(findings)} then", "loss (95 % interval)", "p"]


def _score_cells(findings: Findings, id: str, one: Record) -> list[str]:
    if "drop" not in one:
        return ["-", "-", "-"]
    p = one.get("p")
    told = "-" if p is None else "< 0.001" if facts.amount(p) < 0.001 else f"{facts.amount(p):.3f}"
    return [cite(findings, id, score(facts.amount(one.get("score_after")))), _loss(findings, id, one), told]


def _loss(findings: Findings, id: str, one: Record) -> str:
    ends = _pair(one.get("drop_interval"))
    within = f" ({difference_range(ends)})" if ends else ""
    return cite(findings, id, signed(facts.amount(one.get("drop"))) + within)


def _flips(findings: Findings, id: str, one: Record) -> str:
    if "flip_rate" not in one:
        return "-"
    ends = _pair(one.get("flip_interval"))
    within = f" ({score_range(ends)})" if ends else ""
    return cite(findings, id, score(facts.amount(one.get("flip_rate"))) + within)


def _ends(findings: Findings, id: str, one: Record) -> str:
    before, after = (cite(findings, id, score(facts.amount(one.get(key)))) for key in ("score_before", "score_after"))
    return f"from {before} to {after}"


def _changed(findings: Findings, one: Record) -> str:
    if "flips" not in one:
        return "its answers stay as near"
    share = cite(findings, LAYERS, percent(facts.amount(one.get("flip_rate"))))
    return f"{share} of the answers change"


def _costs(one: Record) -> bool:
    ends = _pair(one.get("flip_interval"))
    flips = ends is not None and ends[0] >= LEAST_FLIP_RATE
    return flips or (one.get("distinguishable") is True and facts.amount(one.get("drop")) >= LEAST_DROP)


def _pair(ends: Any) -> tuple[float, float] | None:
    is_pair = isinstance(ends, list) and len(ends) == 2 and all(isinstance(end, int | float) for end in ends)
    return (float(ends[0]), float(ends[1])) if is_pair else None


def _n(findings: Findings, id: str) -> str:
    return cite(findings, id, count(facts.amount(findings[id].n)))


def _measure(findings: Findings) -> str:
    return facts.task_of(findings).scoring.headline.phrase
