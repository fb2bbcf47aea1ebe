"""What probes found that limits use: a sentence where a figure is past its threshold, and what to do about it.

Every threshold of this kind stands here, so that no two sections judge one figure differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tunecard.card.markdown import escape, listing
from tunecard.card.numbers import percent
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

MEMBERSHIP, OUT_OF_SCOPE = "examination.membership", "examination.out_of_scope"
TOLD_APART = 0.6  # lower end of the interval of the area under the ROC curve; 0.5 is chance
PASSES_AS_USUAL = 0.5  # share of meaningless rows that a threshold lets through which 95 % of real rows pass


def limits(findings: Findings) -> list[str]:
    """Sentences for "Bias, Risks, and Limitations", each with its figure."""
    return [*_membership(findings), *_out_of_scope(findings)]


def advice(findings: Findings) -> list[str]:
    """What to do about them."""
    found = []
    if _gives_rows_away(findings):
        found.append("Do not publish it if who or what was in the training rows must stay unknown.")
    if _as_sure(findings):
        found.append("Do not take a high probability as a sign that a text is of the kind it was made for.")
    return found


def _gives_rows_away(findings: Findings) -> bool:
    finding = findings.get(MEMBERSHIP)
    return finding is not None and finding.interval is not None and finding.interval[0] >= TOLD_APART


def _membership(findings: Findings) -> Iterator[str]:
    finding = findings.get(MEMBERSHIP)
    if finding is not None and _gives_rows_away(findings):
        shown = cite(findings, MEMBERSHIP, percent(float(str(finding.value))))
        yield (
            f"**Training rows show:** by its loss a learned row is told from another one in {shown} of such pairs "
            "(half of them by chance): whoever has the adapter and a text can guess whether it was learned."
        )


def _as_sure(findings: Findings) -> dict[str, float]:
    """Kind of text to the share of it that passes as usual, of those where it is large."""
    value = findings.value(OUT_OF_SCOPE)
    records = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    shares = {str(one.get("text")): one.get("probability_false_positives") for one in records}
    return {text: share for text, share in shares.items() if isinstance(share, float) and share >= PASSES_AS_USUAL}


def _out_of_scope(findings: Findings) -> Iterator[str]:
    if sure := _as_sure(findings):
        shown = [f"{escape(text, 40)} {cite(findings, OUT_OF_SCOPE, percent(share))}" for text, share in sure.items()]
        yield (
            "**Sure about nonsense:** these shares of meaningless texts get as high a probability as nearly all real "
            f"ones: {listing(shown)}."
        )
