"""A file of behavioural tests to a suite: a row a text, or an object a test with its `data`, in any format.

Columns by their usual names: those of CheckList's tests, and of HateCheck, whose functionality is the capability and
whose target_ident is the group of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

from tunecard.data.metadata import read_metadata
from tunecard.data.readers.formats import open_rows
from tunecard.data.readers.records import Fault, Records
from tunecard.errors import DataError
from tunecard.examination.suites.case import Case, Kind, Names, Suite
from tunecard.rows.dataset import SPLITS

TEXTS = (("text",), ("test_case",), ("sentence",))
PAIRS = (("question1", "question2"), ("text", "text_pair"), ("premise", "hypothesis"), ("sentence1", "sentence2"))
ROLES = ("text", "text_pair")
TEST = ("test", "test_name", "name", "functionality")
CAPABILITY = ("capability", "functionality")
KIND, GROUP, VARIANT = ("type", "test_type"), ("group", "case_id"), ("variant",)
LABELS = ("allowed_labels", "label", "labels", "label_gold")
PEOPLE = ("target_ident",)
DATA = "data"  # of a whole test in one object
MUST_NOT = re.compile(r"must not (drop|rise)")
FORMS = (
    "CheckList's form: columns test, capability, type, group, variant, text, label, expectation, or `data` of a test"
)
SHOWN = 5
Values = Mapping[str, Any]


def read_suite(path: Path) -> Suite:
    """The cases of a file, or of the one file of a folder, with labels by name.

    Raises: DataError: no such file, no column of texts, or rows that are no cases; all of them at once.
    """
    file = _file_of(path)
    with ExitStack() as stack:
        records = open_rows(file, stack)
        rows, faults = _rows_of(records)
        names = {**read_metadata(file.parent).names, **records.class_names}
    cases: list[Case] = []
    for place, one in _cases_of(rows, names):
        faults += [f"{place}: {one}"] if isinstance(one, str) else []
        cases += [] if isinstance(one, str) else [one]
    if faults:
        more = [f"and {len(faults) - SHOWN:,} more rows"] if len(faults) > SHOWN else []
        raise DataError([*faults[:SHOWN], *more], place=file.name)
    name = file.stem if file.stem not in SPLITS else file.resolve().parent.name
    return Suite(name, tuple(cases))


def _file_of(path: Path) -> Path:
    if not path.is_dir():
        return path
    files = sorted(file for file in path.glob("test.*") if file.is_file())
    if len(files) != 1:
        raise DataError(f"{path.name}: must hold one file test.* with tests. Got {len(files)}. Name the file itself.")
    return files[0]


def _rows_of(records: Records) -> tuple[list[tuple[str, Values]], list[str]]:
    rows: list[tuple[str, Values]] = []
    faults = []
    for number, record in enumerate(records.rows, start=1):
        if isinstance(record, Fault):
            faults.append(f"{record.place}: {record.reason}")
        else:
            rows.append((f"row {number}", record.values))
    return rows, faults


def _cases_of(rows: Sequence[tuple[str, Values]], names: Mapping[str, list[str]]) -> Iterator[tuple[str, Case | str]]:
    """Every case, or what keeps it from being one, with its place; rows of one test and group are one case."""
    together: dict[tuple[Any, ...], tuple[str, list[tuple[Any, Case]]]] = {}
    for at, (place, values) in enumerate(rows):
        if DATA in values:
            yield from ((place, one) for one in _whole_test(values, names))
            continue
        one = _one_text(values, names)
        if isinstance(one, str):
            yield place, one
            continue
        key = (one.test, one.kind, _first(values, GROUP, f"row {at}"))
        together.setdefault(key, (place, []))[1].append((_first(values, VARIANT, 0), one))
    for place, members in together.values():
        yield place, _joined([one for _, one in sorted(members, key=lambda member: member[0])])


def _joined(several: Sequence[Case]) -> Case | str:
    texts = tuple(text for one in several for text in one.texts)
    if several[0].kind != "MFT" and len(texts) < len(ROLES):
        return f"a case of {several[0].kind} must have an original and a variant of it. Got one text."
    return replace(several[0], texts=texts, allowed=tuple(one for case in several for one in case.allowed))


def _one_text(values: Values, names: Mapping[str, list[str]]) -> Case | str:
    text = _texts_in(values)
    if text is None:
        return f"must have a text, in {FORMS}. Got {', '.join(values)}."
    label = next((name for name in LABELS if values.get(name) not in (None, [])), "")
    return _case(values, (text,), [_names(values.get(label), names.get(label, []))])


def _whole_test(values: Values, names: Mapping[str, list[str]]) -> Iterator[Case | str]:
    """The cases of a test that stands in one object: `data` holds a text, a pair or the variants of one each."""
    data, labels = values[DATA], values.get("labels", values.get("label"))
    if not isinstance(data, list) or not data:
        yield "data must be a list of cases."
        return
    several = labels if isinstance(labels, list) and len(labels) == len(data) else [labels] * len(data)
    for item, label in zip(data, several, strict=True):
        variants = [item] if isinstance(item, str) or _first(values, KIND, "MFT") == "MFT" else item
        texts = tuple(_by_role(one) for one in variants) if isinstance(variants, list) else (None,)
        if any(text is None for text in texts):
            yield "each of data must be a text, a pair of them or, of INV and DIR, a list of variants."
        else:
            one = _case(values, cast(Any, texts), [_names(label, names.get("label", []))] * len(texts))
            yield one if isinstance(one, str) else _joined([one])


def _case(values: Values, texts: tuple[Mapping[str, str], ...], allowed: Sequence[Names]) -> Case | str:
    kind, expectation = str(_first(values, KIND, "MFT")).upper(), str(values.get("expectation") or "")
    must_not = MUST_NOT.search(expectation)
    if kind not in get_args(Kind):
        return f"type must be MFT, INV or DIR. Got {kind}."
    if kind == "MFT" and not all(allowed):
        return "a case of MFT must have a label, or allowed_labels."
    if kind == "DIR" and must_not is None:
        return f"the expectation of DIR must say what 'must not drop' or 'must not rise'. Got {expectation!r}."
    people = _first(values, PEOPLE, None)
    test = str(_first(values, TEST, "all"))
    return Case(
        test=test,
        capability=str(_first(values, CAPABILITY, test)),
        kind=cast(Kind, kind),
        texts=texts,
        allowed=tuple(allowed) if kind == "MFT" else (),
        must_not=must_not[1] if must_not and kind == "DIR" else "",
        people=None if people is None else str(people),
    )


def _first(values: Values, names: Sequence[str], otherwise: Any) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), otherwise)


def _texts_in(values: Values) -> dict[str, str] | None:
    for columns in (*PAIRS, *TEXTS):
        found = [values.get(column) for column in columns]
        if all(isinstance(text, str) for text in found):
            return dict(zip(ROLES, cast(list[str], found), strict=False))
    return None


def _by_role(value: Any) -> dict[str, str] | None:
    texts = [value] if isinstance(value, str) else value
    is_whole = isinstance(texts, list) and 0 < len(texts) <= len(ROLES) and all(isinstance(text, str) for text in texts)
    return dict(zip(ROLES, texts, strict=False)) if is_whole else None


def _names(value: Any, known: Sequence[str]) -> Names:
    """Labels by name; whole numbers are places in what the source declares."""
    several = [one for one in (value if isinstance(value, list) else [value]) if one is not None]
    return tuple(
        known[one] if isinstance(one, int) and not isinstance(one, bool) and 0 <= one < len(known) else str(one)
        for one in several
    )
