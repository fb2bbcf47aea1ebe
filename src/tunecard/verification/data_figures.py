"""Do the figures about the rows of a split fit each other? Sums of histograms, parts of a whole, what n counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tunecard import card
from tunecard.evidence import Findings, RunFolder
from tunecard.evidence.comparing import shown
from tunecard.evidence.conditions import SPLITS
from tunecard.rows.doubted import DOUBTED, FACTOR
from tunecard.tasks import task_of
from tunecard.verification.report import Check, judged

NAME = "data figures"
JUDGE = "probe"
ROUNDED = 0.005  # means are told with two decimals
SHARES = 1.001
EXACT = 1e-9
HISTOGRAMS = ("length_histogram", "tokens_histogram")
PARTS = ("duplicates.{split}", "near_duplicates.{split}", "{split}.truncated_rows")
OF_PAIRS = ("overlap.{seen}.{split}", "near_overlap.{seen}.{split}")
COUNTED = ("rows", "sha256", "words", "length", "tokens", "labels", "origin", *HISTOGRAMS)


def check_data_figures(folder: RunFolder, findings: Findings) -> Check:
    """What is recorded of each split is possible beside its number of rows, whoever counted it."""
    problems = [problem for split in SPLITS for problem in _of_split(findings, split)]
    problems += _suspects(findings)
    problems += [problem for split in SPLITS for problem in _doubted(folder, findings, split)]
    return judged(NAME, problems, "figures about the rows of each split fit each other")


def _of_split(findings: Findings, split: str) -> Iterator[str]:
    rows = _whole(findings.value(f"data.{split}.rows"))
    if rows is None:
        return
    yield from _sums(findings, split, rows)
    yield from _parts(findings, split, rows)
    yield from _words(findings, split, rows)
    yield from _cuts(findings, split)
    if findings.value("run.renderer_version") == card.RENDERER_VERSION:  # another one may count otherwise
        for name in COUNTED:
            finding = findings.get(f"data.{split}.{name}")
            if finding is not None and finding.n is not None and finding.n != rows:
                yield f"{finding.id} is of {finding.n} rows, data.{split}.rows says {rows}"


def _sums(findings: Findings, split: str, rows: int) -> Iterator[str]:
    """Counts that share out every row, or every entity."""
    for name in HISTOGRAMS:
        counts = _mapping(findings, f"data.{split}.{name}").get("counts")
        if isinstance(counts, list) and sum(counts) != rows:
            yield f"data.{split}.{name} counts {sum(counts)} rows, data.{split}.rows says {rows}"
    labels = list(_mapping(findings, f"data.{split}.labels").values())
    what = "rows" if f"data.{split}.entities" not in findings else "entities"
    whole = _whole(findings.value(f"data.{split}.{what}"))
    sizes = _mapping(findings, f"data.{split}.labels_a_row")
    if sizes:  # a row may have several labels, or none
        yield from _labels_a_row(split, sizes, labels, rows)
        whole = None
    words = _whole(findings.value(f"data.{split}.words"))
    if what == "rows" and _are_of_words(findings):
        what, whole = "words", words
    if labels and whole is not None and all(isinstance(n, int) for n in labels) and sum(labels) != whole:
        yield f"data.{split}.labels counts {sum(labels)}, data.{split}.{what} says {whole}"
    shares = [_number(share) or 0.0 for share in _mapping(findings, f"data.{split}.scripts").values()]
    if sum(shares) > SHARES:
        yield f"data.{split}.scripts has shares that sum to {sum(shares):.4g}"


def _are_of_words(findings: Findings) -> bool:
    task = task_of(findings)
    return task is not None and task.words.item == "word"


def _labels_a_row(split: str, sizes: Mapping[str, Any], labels: list[Any], rows: int) -> Iterator[str]:
    told = {int(size): n for size, n in sizes.items() if size.isdecimal() and isinstance(n, int)}
    if sum(told.values()) != rows:
        yield f"data.{split}.labels_a_row counts {sum(told.values())} rows, data.{split}.rows says {rows}"
    given = sum(size * n for size, n in told.items())
    if all(isinstance(n, int) for n in labels) and sum(labels) != given:
        yield f"data.{split}.labels counts {sum(labels)}, data.{split}.labels_a_row says {given}"


def _parts(findings: Findings, split: str, rows: int) -> Iterator[str]:
    """What counts some of the rows counts no more than there are."""
    ids = [f"data.{name.format(split=split)}" for name in PARTS]
    ids += [f"data.{name.format(seen=seen, split=split)}" for name in OF_PAIRS for seen in SPLITS if seen != split]
    for id in ids:
        value = _number(findings.value(id))
        if value is not None and not 0 <= value <= rows:
            yield f"{id} is {value:g} of {rows} rows"
    told = _mapping(findings, f"data.personal.{split}")
    hit, kinds = _whole(told.get("rows")), told.get("found")
    if hit is not None and isinstance(kinds, Mapping) and (hit > rows or (hit > 0) != any(kinds.values())):
        yield f"data.personal.{split} tells of {hit} rows of {rows}, and of {shown(dict(kinds))}"


def _words(findings: Findings, split: str, rows: int) -> Iterator[str]:
    words = _number(findings.value(f"data.{split}.words"))
    mean = _number(_mapping(findings, f"data.{split}.length").get("mean"))
    if words is not None and mean is not None and abs(mean * rows - words) > ROUNDED * rows + 0.5:
        yield f"data.{split}.words is {words:g}, {rows} rows of {mean:g} words on average are {mean * rows:.5g}"


def _cuts(findings: Findings, split: str) -> Iterator[str]:
    """Rows were cut exactly where the longest is longer than what is read."""
    cut, most = _whole(findings.value(f"data.{split}.truncated_rows")), _whole(findings.value("model.max_length"))
    longest = _whole(_mapping(findings, f"data.{split}.tokens").get("max"))
    several = _whole(_mapping(findings, f"data.{split}.windows").get("rows_in_several"))
    if several:  # nothing of them is cut
        cut = several if cut == 0 else cut
    if cut is None or most is None or longest is None:
        return
    if (cut > 0) != (longest > most):
        yield f"data.{split}.truncated_rows is {cut}, the longest row has {longest} tokens and {most} are read"


def _suspects(findings: Findings) -> Iterator[str]:
    for split in SPLITS:
        yield from _suspects_of(findings, f"data.suspect_labels.{split}")


def _suspects_of(findings: Findings, id: str) -> Iterator[str]:
    finding, told = findings.get(id), _mapping(findings, id)
    count, share = _whole(told.get("count")), _number(told.get("share"))
    if finding is None or not finding.n or count is None or share is None:
        return
    if count > finding.n or abs(share - count / finding.n) > EXACT:
        yield f"{finding.id} says {count} of {finding.n}, which is no share of {share:.4g}"
    named = sum(pair.get("count", 0) for pair in told.get("pairs", []) if isinstance(pair, Mapping))
    if named > count:
        yield f"{finding.id} says {count}, and names pairs of {named}"


def _doubted(folder: RunFolder, findings: Findings, split: str) -> Iterator[str]:
    """As many scored rows have a label in doubt as the probe's answers mark."""
    told = _whole(_mapping(findings, f"data.suspect_labels.{split}").get("rows"))
    if told is None or not folder.predictions(split, JUDGE).is_file():
        return
    marked = folder.read_predictions(split, JUDGE, with_probabilities=False).factors.get(FACTOR, []).count(DOUBTED)
    if marked != told:
        yield f"data.suspect_labels.{split} says {told} rows, and the probe's answers mark {marked}"


def _mapping(findings: Findings, id: str) -> Mapping[str, Any]:
    value = findings.value(id)
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
