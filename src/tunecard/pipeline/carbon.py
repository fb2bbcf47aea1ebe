"""Grams again, from the energy that is on record, once a region is declared or another one is."""

from __future__ import annotations

from tunecard.evidence import Findings

GRAMS = "co2.grams"


def renewed_carbon(findings: Findings, before: str | None, region: str | None) -> Findings:
    """The findings with `co2.*` as the declared region has it.

    Grams that are on record for this region stay: whoever renders a card again need not have the table of grids.

    Args:
        before, region: what was declared until now, and what is.
    Raises: RecipeError: the region is not known.
    """
    from tunecard.measurement import carbon_findings, recorded_energies, total_finding

    energies = recorded_energies(findings)
    if "energy.total_kwh" not in findings and energies:
        findings = Findings([*findings, total_finding(energies)])
    grams = findings.get(GRAMS)
    is_known = grams is not None and grams.status == "derived"
    if region == before and (is_known or region is None):
        return findings
    others = [finding for finding in findings if not finding.id.startswith("co2.")]
    return Findings([*others, *carbon_findings(energies, region)])
