"""Do the records of the evaluation, written for other readers, say what the evidence and the stored answers say?"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tunecard import card
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.files import json_text, sha256_of
from tunecard.evidence.ledger import EVAL_RECORDS, EVAL_RESULTS, EVAL_SAMPLES
from tunecard.verification.cards import of_another_version
from tunecard.verification.report import Check, judged

NAME = "evaluation records"
ROWS = "detailed_evaluation_results"


def check_eval_records(folder: RunFolder, findings: Findings) -> Check:
    """every_eval_ever/ holds what the renderer makes of the findings and the answers beside them, and nothing else."""
    other = of_another_version(NAME, findings)
    if other is not None:
        return other
    if problems := _other_results(folder, findings):
        return judged(NAME, problems, "")
    answers, found = card.stored_answers(folder, findings), folder.eval_record_files()
    wanted = card.render_eval_records(findings, answers)
    if answers is None and found.keys() - wanted.keys():
        return _without_answers(folder, wanted, found)
    problems = [f"{EVAL_RECORDS}/{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    for name, path in found.items():
        if name not in wanted or path.is_symlink():
            problems.append(f"{EVAL_RECORDS}/{name} is no record of this evaluation")
        elif sha256_of(path) != hashlib.sha256(wanted[name].encode()).hexdigest():
            problems.append(f"{EVAL_RECORDS}/{name} is not what its evidence and answers render to")
    return judged(NAME, problems, f"{len(found)} files are what evidence and answers render to, byte for byte")


def _other_results(folder: RunFolder, findings: Findings) -> list[str]:
    """.eval_results/ holds what the renderer makes of the findings, and nothing else: the Hub shows it to everybody."""
    wanted = card.render_eval_results(findings)
    found = {path.name: path for path in folder.eval_results.glob("*")}
    problems = [f"{EVAL_RESULTS}/{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    problems += [
        f"{EVAL_RESULTS}/{name} is not what the evidence says of a benchmark"
        for name, path in sorted(found.items())
        if name not in wanted or path.is_symlink() or folder.read_text(path) != wanted[name]
    ]
    return problems


def _without_answers(folder: RunFolder, wanted: dict[str, str], found: dict[str, Path]) -> Check:
    """Rows are there whose answers are not: the record is compared without what it says of them."""
    ends = {name.removesuffix(".json") + EVAL_SAMPLES for name in wanted}
    problems = [
        f"{EVAL_RECORDS}/{name} is no record of this evaluation" for name in found.keys() - wanted.keys() - ends
    ]
    problems += [f"{EVAL_RECORDS}/{name} is missing" for name in wanted.keys() - found.keys()]
    for name in wanted.keys() & found.keys():
        record = folder.read_json(found[name])
        record.pop(ROWS, None)
        if json_text(record) != wanted[name]:
            problems.append(f"{EVAL_RECORDS}/{name} is not what its evidence renders to")
    if problems:
        return judged(NAME, sorted(problems), "")
    return Check(NAME, None, "the answers are withheld: the rows that were written of them are compared with nothing")
