"""`verify --deep`: the base hashed, the rows predicted again, stock PEFT and the get-started code run again.

Nothing is written, nothing of a README is run, and the code that runs is rendered here from findings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import nn

from tunecard.adapters import read_adapter_config
from tunecard.card.examples import start_code
from tunecard.counted import Count, counted, one_of
from tunecard.encoders import EMBEDDED_ID, BaseFiles, Encoder, count_base, outline_encoder
from tunecard.encoders.identity import BaseIdentity, identify_base
from tunecard.errors import AdapterError, TunecardError
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import disagreements, is_equal, known
from tunecard.examination import examine_adapter
from tunecard.inference import predict_logits, take_fast_path
from tunecard.inference.adapter_folder import read_adapter_folder
from tunecard.inference.loading import find_base
from tunecard.reporting.run import base_findings
from tunecard.reproduction.predict_again import AGAIN, DATA, Rows, check_predictions_again, read_rows, said
from tunecard.reproduction.probing_again import PROBED, check_probes_again
from tunecard.reproduction.saved_files import TOKENIZER, check_tokenizer_again, with_config
from tunecard.stock.fresh_process import (
    WORST_DIFFERENCE,
    compared_inputs,
    reload_findings,
    reload_with_stock,
    run_code,
)
from tunecard.stock.strict_reload import reload_strictly
from tunecard.tasks import Task, task_named, task_of
from tunecard.verification.report import Check, judged

OF_THE_PLACE = {"base_model.id", "base_model.is_local", "base_model.revision"}
BASE, RELOADED, OUTPUT, SIZES = "base", "reloaded with stock PEFT", "get-started output", "update sizes"
PRINTED_TOLERANCE = 0.015  # two decimals, one of which may fall the other way
NORM_TOLERANCE = 1e-3
NUMBER = re.compile(r"\d+\.\d+")


class DeepVerification:
    """What `--deep` asks of one folder; the base and the adapter are read once.

    Args:
        data: where the rows lie; None takes the source that recipe.yaml names.
        base: a folder or Hub id; None takes the base that the adapter names.
    """

    def __init__(self, data: str | None = None, base: str | None = None) -> None:
        self._data, self._base = data, base

    def __call__(self, folder: RunFolder, findings: Findings) -> list[Check]:
        """Eight checks; what cannot be done says why and is no failure."""
        names = (TOKENIZER, DATA, AGAIN, PROBED, RELOADED, OUTPUT, SIZES)
        with counted("Doing it again", 1 + len(names), "checks") as count:
            return self._checks(folder, findings, names, count)

    def _checks(self, folder: RunFolder, findings: Findings, names: Sequence[str], count: Count) -> list[Check]:
        try:
            with one_of(count, BASE):
                files, identity = find_recorded_base(folder, findings, self._base)
        except TunecardError as error:
            return [Check(BASE, None, said(error)), *(Check(name, None, "not done: no base") for name in names)]
        task = task_of(findings) or task_named(str(findings.value("task.name")))
        base = check_base(identity, findings)
        if not base.ok:
            return [base, *(Check(name, None, "not done: another base") for name in names)]
        outline = outline_encoder(files, task.auto_class, task.labels, task.problem_type)
        base = with_size(with_config(base, folder, outline), identity, outline, files, findings)
        with one_of(count, TOKENIZER):
            tokenizer, reader = check_tokenizer_again(folder, outline, findings)
        try:
            model = reload_strictly(folder, files, task, findings).requires_grad_(False)
        except TunecardError as error:
            failed = [Check(name, False if name == AGAIN else None, said(error)) for name in names[1:]]
            return [base, tokenizer, *failed]
        with one_of(count, SIZES):
            sizes = _check_sizes(folder, findings, model)  # before layers are fused
        take_fast_path(model)
        with one_of(count, DATA):
            rows, data = self._read_rows(folder, reader, files, task, findings)
        with one_of(count, AGAIN):
            again = check_predictions_again(folder, findings, task, model, rows)
        with one_of(count, PROBED):
            probed = check_probes_again(folder, findings, task, model, rows)
        with one_of(count, RELOADED):
            reloaded = _check_reload(folder, files, task, model, rows, findings)
        with one_of(count, OUTPUT):
            output = _check_output(folder, files, findings)
        return [base, tokenizer, data, again, probed, reloaded, output, sizes]

    def _read_rows(
        self, folder: RunFolder, reader: Encoder | None, files: BaseFiles, task: Task, findings: Findings
    ) -> tuple[Rows | None, Check]:
        if reader is None:
            return None, Check(DATA, None, "not done: the folder's tokenizer cannot read it")
        return read_rows(folder, reader, files, task, findings, self._data)


def find_recorded_base(folder: RunFolder, findings: Findings, base: str | None) -> tuple[BaseFiles, BaseIdentity]:
    """The base that the adapter names, or the one told, under the name that is recorded.

    Raises: TunecardError: it is not at hand.
    """
    files = find_base(read_adapter_folder(folder.path), base)
    identity = identify_base(files)
    recorded = findings.value("base_model.id")
    if base is not None and isinstance(recorded, str):
        # A copy in any folder is the base when its weights are; the hashes are compared next.
        is_local, revision = findings.value("base_model.is_local") is True, findings.value("base_model.revision")
        files = replace(files, id=recorded, is_local=is_local, revision=revision)
    return files, identity


def check_base(identity: BaseIdentity, findings: Findings) -> Check:
    """The weights and config of the base at hand are the recorded ones; so is what a pinned base's card declares."""
    expected: dict[str, Any] = {
        "base_model.weights_sha256": identity.weights_sha256,
        "base_model.config_sha256": identity.config_sha256,
    }
    if identity.revision is not None or identity.id == EMBEDDED_ID:  # else its card may be a later one
        told = {"base_model.license": identity.license, "base_model.languages": identity.languages}
        expected |= {id: value for id, value in told.items() if value is not None}
    problems = list(disagreements(findings, expected, "the base at hand"))
    compared = known(findings, expected)
    if not compared:
        return Check(BASE, None, "the evidence holds no hashes of the base")
    return judged(BASE, problems, f"weights and config of {identity.id} have the recorded hashes", compared)


def with_size(base: Check, identity: BaseIdentity, outline: Encoder, files: BaseFiles, findings: Findings) -> Check:
    """The check of the base, which fails where the evidence tells another size or architecture than the base has."""
    again = base_findings(identity, outline, count_base(outline, files))
    expected = {f.id: f.value for f in again if f.status == "measured" and f.id not in OF_THE_PLACE}
    problems = list(disagreements(findings, expected, "the base at hand"))
    covered = base.covered | known(findings, expected).keys()
    detail = [] if base.ok else [base.detail]
    return judged(BASE, [*detail, *problems], base.detail, covered)


def _check_reload(
    folder: RunFolder, files: BaseFiles, task: Task, model: nn.Module, rows: Rows | None, findings: Findings
) -> Check:
    if rows is None:
        return Check(RELOADED, None, "not done: no data")
    split = next((name for name in ("test", "validation") if name in rows.encoded), "train")
    inputs = compared_inputs(rows.encoded[split])
    expected = predict_logits(model, rows.encoded[split].take(len(inputs)), rows.pad_token_id)
    try:
        with reload_with_stock(folder, files, task, inputs) as stock:
            printed = stock.result("Loading the adapter with stock peft")
        found = {finding.id: finding for finding in reload_findings(printed, expected, task.labels)}
    except AdapterError as error:
        return Check(RELOADED, False, said(error))
    problems = _other_reload(findings, found["reload.label_agreement"].value)
    difference = found["reload.max_logit_difference"].value
    detail = f"the same logits to {difference:.1e} for {len(inputs)} rows in a fresh process"
    return judged(RELOADED, problems, detail, {"reload.max_logit_difference", "reload.label_agreement"})


def _other_reload(findings: Findings, agreement: Any) -> list[str]:
    """What is recorded of the first reload beside this one: the same labels, and logits as near as it demands."""
    told, worst = findings.value("reload.label_agreement"), findings.value("reload.max_logit_difference")
    problems = []
    if told is not None and agreement is not None and not is_equal(told, agreement, 1e-9):
        problems.append(f"reload.label_agreement is {told}, and now {agreement}")
    if isinstance(worst, int | float) and worst > WORST_DIFFERENCE:
        problems.append(
            f"reload.max_logit_difference is {worst:g}, and no run goes on with more than {WORST_DIFFERENCE:g}"
        )
    return problems


def _check_output(folder: RunFolder, files: BaseFiles, findings: Findings) -> Check:
    code, recorded = start_code(findings), findings.value("start.output")
    if code is None:
        return Check(OUTPUT, None, "not run: `start.code` is missing or not tunecard's own text")
    try:
        with run_code(folder, files, code) as process:
            printed = process.result("The get-started code")
    except AdapterError as error:
        return Check(OUTPUT, False, said(error))
    if not isinstance(recorded, str):
        return Check(OUTPUT, None, "it runs; what it printed at first is not recorded")
    problems = [] if _prints_same(recorded, printed) else ["it prints something else than `start.output`"]
    return judged(OUTPUT, problems, "the code runs and prints what is recorded", {"start.output"})


def _prints_same(recorded: str, printed: str) -> bool:
    """Whether two outputs are the same but for the last decimals."""
    if NUMBER.split(recorded.rstrip()) != NUMBER.split(printed.rstrip()):
        return False
    pairs = zip(NUMBER.findall(recorded), NUMBER.findall(printed), strict=True)
    return all(abs(float(a) - float(b)) <= PRINTED_TOLERANCE for a, b in pairs)


def _check_sizes(folder: RunFolder, findings: Findings, model: nn.Module) -> Check:
    recorded = findings.value("examination.update_norms")
    if recorded is None:
        return Check(SIZES, None, "no sizes of updates are recorded")
    try:
        again = examine_adapter(folder.adapter_weights, read_adapter_config(folder), model.state_dict())
    except AdapterError as error:
        return Check(SIZES, False, said(error))
    expected: dict[str, Any] = {finding.id: finding.value for finding in again if finding.value is not None}
    numbers = {id: value for id, value in expected.items() if not isinstance(value, str)}
    problems = [
        f"{id} is not what the adapter and the base give"
        for id, value in known(findings, numbers).items()
        if not is_equal(findings.value(id), value, NORM_TOLERANCE)
    ]
    problems += disagreements(findings, {id: v for id, v in expected.items() if isinstance(v, str)}, "the adapter")
    return judged(SIZES, problems, f"{len(recorded)} updates have the recorded sizes", known(findings, expected))
