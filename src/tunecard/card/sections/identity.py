"""What the model is: name, description, type, language, licence, base."""

from __future__ import annotations

from tunecard.card import facts
from tunecard.card.adapter_variants import variant_line
from tunecard.card.answer import UNDECLARED, Answer, declared_text, gap, status_of
from tunecard.card.declared_note import declared_note
from tunecard.card.markdown import bullets, code, details, escape, hub_link, listing, prose
from tunecard.card.new_tokens import new_tokens_line
from tunecard.card.numbers import count, percent, plain_number
from tunecard.card.ranks import WIDENING, ranks_line, widening_line
from tunecard.card.record_links import cite
from tunecard.evidence import Findings

OPEN_LABELS = 20
LONGEST_LICENCE = 240
SHOWN_LABELS = 500


def title(findings: Findings) -> str:
    """The model's name as Markdown."""
    return escape(findings.value("run.name", "an unnamed adapter"), 80)


def method_name(findings: Findings) -> str:
    """The PEFT method as its authors write it."""
    return escape(facts.method_title(findings), 30)


def an_adapter(findings: Findings) -> str:
    """ "A LoRA adapter", "An IA3 adapter"."""
    noun = escape(facts.adapter_noun(findings), 40)
    return noun[0].upper() + noun[1:]


def base_name(findings: Findings) -> str:
    """The base as a link to the Hub, or its name when no Hub id is known."""
    base = findings.value("base_model.id")
    if base is None:
        return "a base that was not recorded"
    return escape(base, 80) if findings.value("base_model.is_local") else hub_link(str(base))


def answers(findings: Findings) -> dict[str, Answer]:
    """`model_description`, `model_type`, `language`, `license`, `base_model`."""
    return {
        "model_description": _description(findings),
        "model_type": _model_type(findings),
        "language": _language(findings),
        "license": _license(findings),
        "base_model": _base_model(findings),
    }


def _description(findings: Findings) -> Answer:
    items = [
        _adapter_line(findings),
        variant_line(findings),
        new_tokens_line(findings),
        widening_line(findings),
        ranks_line(findings),
        _size_line(findings),
        _label_line(findings),
        *_file_lines(findings),
    ]
    said = [item for item in items if item]
    if not said:
        return Answer(gap(findings.get("adapter.method")), "not measured")
    folded = _folded_labels(findings)
    return Answer(bullets(said) + (f"\n\n{folded}" if folded else ""), "measured")


def _adapter_line(findings: Findings) -> str:
    rank, alpha = facts.quoted(findings, "adapter.rank"), facts.quoted(findings, "adapter.alpha", plain_number)
    setting = f" of rank {rank}" if rank is not None else ""
    setting += f" (alpha {alpha})" if rank is not None and alpha is not None else ""
    tokens = facts.quoted(findings, "adapter.virtual_tokens")
    targets = [code(name) for name in facts.sequence_of(findings, "adapter.target_modules")]
    layers = facts.quoted(findings, "adapter.adapted_layers")
    where = f" on {layers} modules" if facts.value_of(findings, "adapter.adapted_layers") else ""
    where += f" ({listing(targets)})" if targets else ""
    saved = [code(name) for name in facts.sequence_of(findings, "adapter.modules_to_save")]
    is_foreign = facts.is_from_elsewhere(findings)
    whole = f"; {'' if is_foreign else 'trained whole and '}saved with it: {listing(saved)}" if saved else ""
    whole = (f", {tokens} learned tokens in front of each row" if tokens is not None else "") + whole
    if not setting and not where and tokens is None:
        return ""
    biases = findings.value("adapter.bias", "none")
    if biases != "none":
        which = "all biases of the base" if biases == "all" else "biases beside an update"
        did = "are in its file too" if is_foreign else "learned too"
        whole += f"; {cite(findings, 'adapter.bias', f'{which} {did}')}"
    return f"{an_adapter(findings)}{setting}{where} of the {'' if is_foreign else 'frozen '}base{whole}."


def _size_line(findings: Findings) -> str:
    trainable = facts.value_of(findings, "model.trainable_parameters")
    total = facts.value_of(findings, "model.parameters")
    if trainable is None:
        return ""
    shown = cite(findings, "model.trainable_parameters", count(trainable))
    share = cite(findings, "model.parameters", f"{percent(trainable / total)} of {count(total)}") if total else ""
    is_other = facts.is_from_elsewhere(findings) or findings.get(WIDENING) is not None
    what = "parameters in its file" if is_other else "trainable parameters"
    return f"{shown} {what}{f', {share}' if share else ''}."


def _label_line(findings: Findings) -> str:
    labels = facts.sequence_of(findings, "task.labels")
    if not labels:
        return ""
    number = cite(findings, "task.labels", count(len(labels)))
    if len(labels) == 1:
        return f"{number} output: {code(labels[0], 60)}."
    words = facts.task_of(findings).words
    said = f"{number} {words.groups if words.groups_record == 'task.labels' else 'labels'}"
    if words.outputs and facts.sequence_of(findings, words.groups_record):
        said = f"{facts.group_count(findings)} {words.label_kinds} ({number} {words.outputs})"
    if len(labels) > OPEN_LABELS:
        return f"{said}, listed below and in `config.json`."
    return f"{said}, in the order of their ids: {', '.join(code(label, 60) for label in labels)}."


def _folded_labels(findings: Findings) -> str:
    """Many labels behind a fold, so that they do not bury the rest."""
    labels = facts.sequence_of(findings, "task.labels")
    if len(labels) <= OPEN_LABELS:
        return ""
    shown = ", ".join(code(label, 60) for label in labels[:SHOWN_LABELS])
    more = " and the others in `config.json`" if len(labels) > SHOWN_LABELS else ""
    return details("The labels in the order of their ids", f"{shown}{more}.")


def _file_lines(findings: Findings) -> list[str]:
    lines = []
    sha = findings.value("adapter.sha256")
    if sha:
        lines.append(f"`adapter_model.safetensors` has sha256 {code(sha)}.")
    version, date = findings.value("run.tunecard_version"), findings.value("run.date")
    if version:
        on = f" on {cite(findings, 'run.date', escape(date))}" if date else ""
        did = "Made elsewhere; scored and described" if facts.is_from_elsewhere(findings) else "Made"
        lines.append(f"{did} by tunecard {cite(findings, 'run.tunecard_version', escape(version))}{on}.")
    return lines


def _model_type(findings: Findings) -> Answer:
    task = findings.value("task.name")
    if task is None:
        return Answer(gap(findings.get("task.name")), "not measured")
    architecture = findings.value("base_model.architecture")
    encoder = f"transformer encoder ({escape(architecture)})" if architecture else "transformer encoder"
    words, adapter = facts.task_of(findings).words, escape(facts.adapter_noun(findings), 40)
    kind = words.kind or escape(str(task).replace("-", " "))
    how = adapter if facts.is_from_elsewhere(findings) else f"supervised fine-tuning with {method_name(findings)}"
    return Answer(f"{kind.capitalize()}: {encoder} with {words.head}, {words.takes} in, {how}", "derived")


def writing_systems_text(findings: Findings, split: str) -> str | None:
    """The writing systems that the letters of a split belong to, with shares."""
    id = f"data.{split}.scripts"
    shares = {k: v for k, v in facts.mapping_of(findings, id).items() if isinstance(v, int | float)}
    named = sorted(((v, k) for k, v in shares.items() if v > 0), reverse=True)
    if not named:
        return None
    return cite(findings, id, listing([f"{escape(name, 30)} {percent(share)}" for share, name in named], 5))


def _language(findings: Findings) -> Answer:
    known = {split: writing_systems_text(findings, split) for split in facts.SPLITS}
    systems = listing([f"{systems} in {split}" for split, systems in known.items() if systems])
    evidence = f" Letters in the data: {systems}." if systems else ""
    declared = declared_text(findings, "language")
    if declared is not None:
        return Answer(f"{declared}{declared_note(findings, 'language')}.{evidence}", "declared")
    base = findings.get("base_model.languages")
    if base is not None and base.value is not None:
        evidence += f" The base's card names: {prose(_joined(base.value), 120)}."
    return Answer(UNDECLARED + evidence, "not declared")


def _joined(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def licence_of(findings: Findings, id: str) -> str:
    """A licence as declared by its source, or that none is known."""
    finding = findings.get(id)
    if finding is None or finding.value is None:
        return "not declared"
    return escape(_joined(finding.value), LONGEST_LICENCE)


def _license(findings: Findings) -> Answer:
    others = f"Base: {licence_of(findings, 'base_model.license')}. Data: {licence_of(findings, 'data.license')}."
    declared = declared_text(findings, "license")
    if declared is not None:
        return Answer(f"{declared}{declared_note(findings, 'license')}. {others}", "declared")
    return Answer(f"{UNDECLARED} {others}", "not declared")


def _base_model(findings: Findings) -> Answer:
    if findings.value("base_model.id") is None:
        return Answer(gap(findings.get("base_model.id")), "not measured")
    revision = findings.get("base_model.revision")
    said = [base_name(findings)]
    if revision is not None and revision.value is not None:
        said.append(f"commit {code(revision.value)}")
    elif revision is not None:
        said.append(f"commit unknown ({prose(revision.reason, 160).rstrip('.')})")
    if (weights := findings.value("base_model.weights_sha256")) is not None:
        said.append(f"weights sha256 {code(weights)}")
    return Answer(", ".join(said), "measured" if len(said) > 1 else status_of(findings.get("base_model.id")))
