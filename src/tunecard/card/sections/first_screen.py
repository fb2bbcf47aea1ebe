"""The first screen: what a stranger needs to decide whether to use the adapter, in half a page."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.answer import Answer, StatusLabel, declared_value, status_of
from tunecard.card.markdown import escape, listing, prose, table
from tunecard.card.numbers import count, duration, score, significant, size
from tunecard.card.reader_checks import checks_of
from tunecard.card.record_links import cite
from tunecard.card.sections.data import counted_rows, made_by_a_model, source_name
from tunecard.card.sections.environment import energy_total, machine, others_told
from tunecard.card.sections.identity import an_adapter, base_name, licence_of
from tunecard.card.sections.limitations import untested
from tunecard.card.sections.results import MINUS, difference_cell, interval_cell, value_cell
from tunecard.card.sections.summary import in_words
from tunecard.card.sections.uses import what_it_does
from tunecard.card.self_counts import CHECKS, FIELDS
from tunecard.card.simple_things import headline as headline_beside
from tunecard.evidence import Finding, Findings

LINKS = (
    "[Use it](#how-to-get-started-with-the-model) · [Where it fails](#bias-risks-and-limitations) · "
    "[Evidence](#more-information)"
)
LONGEST_USE = 280


def status(findings: Findings) -> StatusLabel:
    """The first screen is measured where a headline score is."""
    return "measured" if facts.number_of(facts.headline(findings)) is not None else "derived"


def answer(findings: Findings, states: dict[str, int]) -> Answer:
    """`model_summary`, rendered last since it counts the states of all fields."""
    parts = [
        _what(findings),
        made_by_a_model(findings),
        _uses(findings),
        headline_beside(findings),
        _scores(findings),
        _below_table(findings),
        _checks(findings),
        f"**Untested:** {listing(untested(findings), 9)}.",
        _licences(findings),
        _cost(findings),
        _fields(findings, states),
        LINKS,
        _checked(findings),
    ]
    return Answer("\n\n".join(part for part in parts if part), status(findings))


def _what(findings: Findings) -> str:
    clause = what_it_does(findings)
    what = f"{clause[0].upper()}{clause[1:]}. {an_adapter(findings)} for {base_name(findings)}, "
    if facts.is_from_elsewhere(findings):
        scored = counted_rows(findings, facts.scored_split(findings))
        known = "" if facts.knows_its_training(findings) else ": given rows, and whether training saw them is not known"
        trained = "trained by another program under watch" if facts.was_watched(findings) else "trained elsewhere"
        return f"{what}{trained}; scored here on {scored} of {source_name(findings)}{known}."
    return f"{what}trained on {counted_rows(findings, 'train')} of {source_name(findings)}."


def _uses(findings: Findings) -> str:
    said = []
    who = ""
    for key, lead in (("direct_use", "For"), ("out_of_scope_use", "Not for")):
        value = declared_value(findings, key)
        if value is None:
            said.append(f"**{lead}:** not declared (set `card.{key}`).")
        else:
            said.append(f"**{lead}:** {escape(value, LONGEST_USE).rstrip('.')}.")
            who = who or (findings[f"declared.{key}"].method or "")
    contact = declared_value(findings, "contact")
    by = [prose(who[0].upper() + who[1:], 160)] if who else []
    by += [escape(contact, 120)] if contact else []
    return " ".join(said) + (f"<br>\n{' · '.join(by)}" if by else "")


def _scores(findings: Findings) -> str:
    split, metric = facts.scored_split(findings), facts.headline_metric(findings)
    head = facts.headline(findings)
    if head is None or facts.number_of(head) is None:
        why = prose(head.reason, 200) if head is not None and head.reason else "not recorded"
        return f"**No score:** {why}."
    held = {"test": "Held-out test"}.get(split, f"{split.capitalize()} split")
    if not facts.knows_its_training(findings):
        held = f"Given {split} rows"
    if findings.value("results.protocol") == "best-epoch-dev":
        held = f"{split.capitalize()} split that also chose the epoch"
    cells = [f"**{value_cell(findings, head)}**", interval_cell(head), "", facts.size_of(findings, head)]
    rows = [["**This adapter**", *cells]]
    rows += _predictor_rows(findings, split)
    rows += [row for row in (_worst_row(findings), _seen_row(findings, split), _unseen_row(findings, split)) if row]
    header = [f"{held}: {facts.metric_phrase(findings, metric)}", "value", "95 % interval", MINUS, "n"]
    return table(header, rows)


def _predictor_rows(findings: Findings, split: str) -> list[list[str]]:
    rows = []
    for kind, name in facts.predictors(findings):
        score = facts.compared_score(findings, kind, name)
        finding = findings.get(f"{kind}.{name}.{split}.{score.key}")
        if finding is not None:
            difference = findings.get(f"difference.{name}.{split}.{score.key}")
            cells = [value_cell(findings, finding), interval_cell(finding)]
            cells.append(difference_cell(findings, difference))
            rows.append([escape(facts.compared_name(findings, kind, name), 120), *cells, "same rows"])
    return rows


def _worst_row(findings: Findings) -> list[str] | None:
    id = findings.value("results.worst")
    worst = findings.get(id) if isinstance(id, str) else None
    if worst is None:
        return None
    word = facts.group_word(findings)
    kind = word if word and f".{word}." in worst.id else "slice"
    label = escape(worst.slice or worst.name, 50)
    of = " large enough to tell" if _has_lower(findings, worst) else ""
    name = f"Worst {kind}{of}: {label}{_other_metric(findings, worst)}"
    interval = interval_cell(findings["results.worst"])  # allows for its having been picked
    shown = cite(findings, "results.worst", f"{interval}, widened as it was picked") if interval != "-" else interval
    return [name, value_cell(findings, worst), shown, "", facts.size_of(findings, worst)]


def _has_lower(findings: Findings, worst: Finding) -> bool:
    """Whether some group scores lower, and has too few rows for that to say anything."""
    metric, value = worst.id.rsplit(".", 1)[-1], facts.number_of(worst)
    if f".{facts.group_word(findings)}." not in worst.id or value is None:
        return False
    scored = (group.get(metric) for group in facts.groups(findings, facts.scored_split(findings)).values())
    found = [facts.number_of(one) for one in scored if one is not None]
    return any(score is not None and score < value for score in found)


def _other_metric(findings: Findings, finding: Finding) -> str:
    metric = finding.id.rsplit(".", 1)[-1]
    if metric == facts.headline_metric(findings):
        return ""
    return f" ({'F1' if metric == 'f1' else facts.metric_name(findings, metric)})"


def _unseen_row(findings: Findings, split: str) -> list[str] | None:
    metric = facts.headline_metric(findings)
    unseen = findings.get(f"results.{split}.unseen.{metric}") or findings.get(f"results.{split}.unseen.recall")
    if facts.number_of(unseen) is None or unseen is None:
        return None
    name = facts.unseen_name(findings) + (" (recall)" if unseen.id.endswith("recall") else "")
    return [name[0].upper() + name[1:], *_score_cells(findings, unseen)]


def _seen_row(findings: Findings, split: str) -> list[str] | None:
    """What unseen entities are seen beside: those that training named."""
    seen = findings.get(f"results.{split}.seen.recall")
    if seen is None or facts.number_of(seen) is None:
        return None
    name = facts.seen_name(findings)
    return [f"{name[0].upper()}{name[1:]} (recall)", *_score_cells(findings, seen)]


def _score_cells(findings: Findings, finding: Finding) -> list[str]:
    return [value_cell(findings, finding), interval_cell(finding), "", facts.size_of(findings, finding)]


def _below_table(findings: Findings) -> str:
    return " ".join(sentence for sentence in (in_words(findings), _seeds(findings)) if sentence)


def _seeds(findings: Findings) -> str:
    seeds, spread = findings.get("training.seeds"), facts.mapping_of(findings, "training.seeds_summary")
    shipped = facts.quoted(findings, "training.seed", lambda value: f"{value:.0f}")
    if facts.is_from_elsewhere(findings):
        return _seed_of_elsewhere(findings, shipped)
    if seeds is None:
        named = f" ({shipped})" if shipped is not None else ""
        return f"One seed{named}: how much another would differ is not measured."
    said = cite(findings, seeds.id, f"{count(seeds.n or 0)} seeds")
    if spread:
        low, high, mean = (score(spread[end]) for end in ("lowest", "highest", "mean"))
        number = count(findings["training.seeds_summary"].n or 0)
        said = cite(findings, "training.seeds_summary", f"{number} seeds: {low}-{high}, mean {mean}")
    named = f" {shipped}" if shipped is not None else ""
    return f"{said}; the shipped seed{named} was chosen on validation."


def _seed_of_elsewhere(findings: Findings, told: str | None) -> str:
    """What is known of the seeds of a training that nobody here saw."""
    if told is None:
        return "From how many seeds it was trained or chosen is not known."
    return f"Seed {told}, {prose(findings['training.seed'].method, 80)}; whether others were tried is not known."


def _checks(findings: Findings) -> str:
    made = [check for check in checks_of(findings) if check.ok is not None]
    failed = [check for check in made if not check.ok]
    if not made:
        return "**Checks:** none could be made from the findings."
    number = cite(findings, CHECKS, count(len(made)))
    if not failed:
        return f"**Passed all {number} checks:** {'; '.join(check.name for check in made)}."
    lost = cite(findings, CHECKS, count(len(failed)))
    passed = [check.name for check in made if check.ok]
    also = f"<br>\nPassed: {'; '.join(passed)}." if passed else ""
    return f"**Failed {lost} of {number} checks:** {'; '.join(check.detail for check in failed)}.{also}"


def _licences(findings: Findings) -> str:
    adapter = licence_of(findings, "declared.license")
    base, data = licence_of(findings, "base_model.license"), licence_of(findings, "data.license")
    return f"**Licences:** adapter {adapter} · base {base} · data {data}"


def _cost(findings: Findings) -> str:
    seconds, where = facts.quoted(findings, "run.seconds", duration), machine(findings)
    energy, weights = energy_total(findings), facts.quoted(findings, "adapter.bytes", size)
    latency = facts.quoted(findings, "prediction.latency_ms", lambda value: f"{significant(value, 2)} ms")
    parts = []
    if seconds is not None:
        parts.append(seconds + (f" on {where}" if where else "") + others_told(findings))
    parts.append(f"{energy[0]} ({energy[1]})" if energy else "energy not measured")
    if weights is not None:
        parts.append(weights)
    if latency is not None and facts.is_calmly_timed(findings):
        parts.append(f"{latency} a {facts.row_word(findings).removesuffix('s')}")
    what = "Cost of this evaluation" if facts.is_from_elsewhere(findings) else "Cost"
    return f"**{what}:** " + " · ".join(parts)


def _fields(findings: Findings, states: dict[str, int]) -> str:
    known = {state: cite(findings, FIELDS, count(number)) for state, number in states.items()}
    named = [f"{known[state]} {state}" for state in ("measured", "derived", "declared")]
    return f"**Fields of this card:** {', '.join(named)}, {known['explained']} explained gaps"


def _checked(findings: Findings) -> str:
    did = []
    if status_of(findings.get("reload.max_logit_difference")) == "measured":
        did.append("the saved adapter reloaded with stock PEFT")
    if status_of(findings.get("start.output")) == "measured":
        did.append("the code below run")
    if facts.number_of(facts.headline(findings)) is not None:
        did.insert(0, "scores computed")
    by = f"{listing(did)} on the machine that made this card" if did else "nothing on the machine that made this card"
    return f"**Checked:** {by}. This card records no reproduction by others."
