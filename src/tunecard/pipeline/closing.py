"""The end of every path: what it cost, where it took place, what a person declared; then the recipe and the card."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from tunecard.card import RENDERER_VERSION
from tunecard.card.naming import run_name
from tunecard.card.pictures import draw_pictures
from tunecard.evidence import Finding, Findings, RunFolder
from tunecard.evidence.declaring import declared_method
from tunecard.evidence.files import write_text
from tunecard.foreign.old_card import OldCard, told_by_old_card
from tunecard.measurement import ResourceUsage, measure_costs, place_findings, stages_finding, timed
from tunecard.pipeline.preparing import RunContext
from tunecard.pipeline.rendering import write_card
from tunecard.reporting.citation import CitedBy, citation_findings
from tunecard.reporting.declarations import declaration_findings, for_adapter_finding
from tunecard.reporting.run import run_findings


@dataclass(frozen=True)
class Closing:
    """What differs at the end of a path.

    Attributes:
        covers: what the hours were spent on.
        header: above the recipe as it is written back.
        cited: the citation file that the recipe names.
        old_card: the card that came with the adapter.
        trained: whether this path trained the adapter.
    """

    covers: str
    header: str
    cited: CitedBy | None = None
    old_card: OldCard = field(default_factory=OldCard)
    trained: bool = True


def close(context: RunContext, usage: ResourceUsage, findings: Findings, closing: Closing) -> RunFolder:
    """Adds what is known only now, and writes recipe, evidence, cards and manifest. Returns: the folder, whole."""
    folder, plans = context.folder, context.plans
    context.listener.stage("Writing the card")
    today = datetime.date.today().isoformat()
    with timed("machine and energy"):
        findings.extend(measure_costs(folder, plans.device, usage, plans.card.region))
    findings.extend(told_by_old_card(closing.old_card, declaration_findings(plans.card, today), folder))
    findings.add(for_adapter_finding(str(findings["adapter.sha256"].value)))
    with timed("pictures"):
        draw_pictures(findings)  # kept for the card: what follows is in none of them
    seconds = usage.seconds()
    findings.add(stages_finding(seconds, usage.earlier_seconds))
    findings.extend(_place(context, closing, seconds, today))
    findings.extend(run_findings(run_name(findings), today, seconds, RENDERER_VERSION))
    findings.extend(citation_findings(findings, closing.cited))
    write_text(folder.recipe, plans.as_yaml(closing.header, trained=closing.trained))
    write_card(folder, findings)
    return folder


def _place(context: RunContext, closing: Closing, seconds: float, today: str) -> list[Finding]:
    card = context.plans.card
    return place_findings(
        card.region,
        card.cloud_provider,
        run_seconds=seconds,
        declared_as=declared_method(card.declared_by, card.declared_on or today),
        covers=closing.covers,
    )
