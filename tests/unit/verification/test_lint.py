"""Figures against records: what may be rounded, what may stand without a link, and what is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunecard.card import numbers
from tunecard.evidence import Findings, measured
from tunecard.verification import verify
from tunecard.verification.lint.card_text import GAP, read_card
from tunecard.verification.lint.citations import wrong_figures
from tunecard.verification.lint.figures import is_in, shown_numbers
from tunecard.verification.lint.prose import loose
from tunecard.verification.lint.wording import joined, own_texts


@pytest.mark.parametrize(
    ("text", "held", "is_held"),
    [
        ("0.741", [0.74123], True),
        ("0.742", [0.74123], False),
        ("12.3 %", [0.123], True),
        ("12.4 %", [0.123], False),
        ("78", [0.7797], True),  # of 100
        ("7.5 MB", [7_512_345], True),
        ("7.6 MB", [7_512_345], False),
        ("41 min", [2460], True),
        ("42 min", [2460], False),
        ("2.5 h", [9000], True),
        ("3,810", [3807.6], True),
        ("3,820", [3807.6], False),
        ("8,662", [8662], True),
        ("8,660", [8662], False),  # what is counted is not rounded
        ("0.015-0.76 Wh", [0.000015, 0.00076], True),
        ("0.015-0.77 Wh", [0.000015, 0.00076], False),
        ("-0.020 to +0.004", [-0.02, 0.004], True),
        ("-0.020 to +0.005", [-0.02, 0.004], False),
        ("< 0.1 %", [0.00004], True),
        ("< 0.1 %", [0.04], False),
        ("1.23e-06", [0.00000123], True),
        ("n=79, 0.420-0.626", [79, 0.4196, 0.6259], True),
    ],
)
def test_a_number_may_be_rounded_and_scaled_and_nothing_else(text, held, is_held):
    assert all(is_in(shown, held) for shown in shown_numbers(text)) is is_held


@given(
    st.floats(1e-6, 1e6).filter(lambda x: not x.is_integer()),
    st.sampled_from([numbers.significant, numbers.duration, numbers.score]),
)
def test_whatever_the_renderer_writes_of_a_number_is_that_number(value, write):
    assert all(is_in(shown, [value]) for shown in shown_numbers(write(value))), write(value)


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_counts_and_shares_too(count, share):
    assert all(
        is_in(shown, [count]) for write in (numbers.count, numbers.size) for shown in shown_numbers(write(count))
    )
    assert all(is_in(shown, [share]) for shown in shown_numbers(numbers.percent(share)))


def test_names_with_digits_are_no_figures():
    assert [shown.text for shown in shown_numbers("bf16 of B-DNA1 in the 5th layer_2, F1 0.5")] == ["0.5"]


def test_a_cited_text_may_quote_its_record():
    finding = measured("training.rule", {"rank": "16 where the base is small"}, section="x", name="Rules")
    assert wrong_figures("16 where the base is small", finding, Findings([finding])) == []
    assert wrong_figures("17 where the base is small", finding, Findings([finding])) == ["17"]


def test_a_unit_that_the_method_names_too_stays_a_unit():
    how = "wall time; 12.4 s of processor time, since 2026-11-20"
    finding = measured("environment.training_hours", 3.9 / 3600, section="hours_used", name="Hours", method=how)
    assert wrong_figures("3.9 s", finding, Findings([finding])) == []
    assert wrong_figures("by nobody, 2026-11-20", finding, Findings([finding])) == []
    assert wrong_figures("by nobody, 2026-11-21", finding, Findings([finding])) == ["2026", "11", "21"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("tunecard.metrics.f1, 1,000 resamples, seed 0", []),
        ("tunecard.metrics.f1, 1,000 resam...", []),
        ("tunecard.metrics.f1, 2,000 resamples, seed 0", ["2,000", "0"]),
        ("0", ["0"]),  # a number of the method is not the value
        ("1,000", ["1,000"]),
        ("55", []),
        ("5", ["5"]),
        ("0.714", []),
    ],
)
def test_a_number_that_stands_somewhere_in_the_record_is_not_its_value(text, wrong):
    how = "tunecard.metrics.f1, 1,000 resamples, seed 0"
    finding = measured("results.test.f1", 0.7142, section="results", name="F1", n=55, method=how)
    assert wrong_figures(text, finding, Findings([finding])) == wrong


def known_of(*texts):
    return joined([*own_texts(), *texts])


@pytest.mark.parametrize(
    "text",
    [
        "A 95 % interval of it",
        "Of 100 entities it reports",
        "strict F1 in IOB2 by sha256",
        "length: 9-16 words and more",
        "Trained for Windows 95 machines.",
        "made by tunecard 0.1.0 on 2026-11-25.",
        "3 read as 4",  # labels that are numbers
        "stopped for Windows 9...",  # cut off by the renderer
    ],
)
def test_our_wording_and_words_of_records_may_stand_alone(text):
    known = known_of("length=9-16 words", "for Windows 95 machines", "0.1.0", "2026-11-25", "3", "4")
    assert list(loose(text, known, Findings())) == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("It scores 0.95 in a test", "scores 0.95 in"),
        ("A 96 % interval", "a 96 %"),
        ("better than 94 of them", "than 94 of"),
        ("17 of the users", "17 of"),
    ],
)
def test_a_number_without_a_record_is_named_with_its_neighbours(text, phrase):
    assert list(loose(text, known_of("for Windows 95 machines"), Findings())) == [phrase]


def test_a_spoken_figure_must_be_its_record():
    findings = Findings([measured("model.max_length", 512, section="x", name="Longest input")])
    assert list(loose("It reads at most 512 tokens of a text.", known_of(), findings)) == []
    assert list(loose("It reads at most 513 tokens of a text.", known_of(), findings)) == ["most 513 tokens"]


def test_code_links_and_front_matter_are_not_text():
    markdown = (
        '---\na: 17\n---\n\n# T 1\n\n`18` [19](x) <b>20</b>\n\n```\n21\n```\n\n[0.5][3]\n\n[3]: evidence.json#L3 "x"\n'
    )
    reading = read_card(markdown)
    assert [text.split() for _, text in reading.texts] == [["T", "1"], [GAP, GAP, "20"], [GAP]]
    assert [(cited.text, cited.target, cited.line) for cited in reading.cited] == [("0.5", "evidence.json#L3", 13)]


TABLE = """
| a | [b][1] | c | d |
| --- | --- | --- | --- |
| x 9 | 0.1 | | same rows |
| y | [0.2][2] | 0.1-0.3 | [7][3] |
| z | 0.4 [here](x) | 5 |

[1]: evidence.json#L3
[2]: evidence.json#L20
[3]: evidence.json#L37
"""


def test_a_cell_is_held_to_the_link_of_its_row_or_of_its_column():
    reading = read_card(TABLE)
    cited = [(one.text, one.target.partition("#L")[2]) for one in reading.cited]
    assert cited == [("b", "3"), ("0.1", "3"), ("0.2", "20"), ("0.1-0.3", "20"), ("7", "37")]
    assert [text.strip() for _, text in reading.texts if "9" in text or "0.4" in text] == ["x 9", f"0.4  {GAP}"]


def complaint(run, name):
    return run.check(verify(run.folder.path), name)


def rewrite(run, old, new):
    text = run.folder.card.read_text()
    assert old in text
    run.folder.card.write_text(text.replace(old, new, 1))


def test_a_sentence_with_a_figure_of_its_own_is_caught(text_run):
    rewrite(text_run, "## Uses\n", "It was right in 99.2 % of cases.\n\n## Uses\n")
    assert "'in 99.2 %' has no record" in complaint(text_run, "figures in prose").detail


def test_a_citation_of_another_record_is_caught(text_run):
    findings = list(text_run.folder.read_findings())
    number = next(place for place, finding in enumerate(findings, 1) if finding.id == "results.test.accuracy")
    text = text_run.folder.card.read_text()
    start = text.index(f"\n[{number}]: ")
    line = text[start + 1 : text.index("\n", start + 1)]
    rewrite(text_run, line, line.replace("#L", "#L1"))
    assert f"[{number}] leads to " in complaint(text_run, "citations").detail
    text_run.folder.card.write_text(text.replace(line + "\n", ""))
    assert f"the citation '[{number}]' leads nowhere" in complaint(text_run, "citations").detail
    text_run.folder.card.write_text(text.replace(f"][{number}]", f"][{number - 1}]"))
    assert not complaint(text_run, "citations").ok


def test_a_cell_that_is_not_its_rows_record_is_caught(text_run):
    row = next(line for line in text_run.folder.card.read_text().split("\n") if line.startswith("| Accuracy | ["))
    cells = row.split(" | ")
    rewrite(text_run, row, " | ".join([*cells[:2], "0.991-0.999", *cells[3:]]))
    assert "'0.991-0.999' cites results." in complaint(text_run, "citations").detail


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("license: apache-2.0", "license: mit", "license is 'mit', the findings say 'apache-2.0'"),
        ("base_model: somebody/tiny-encoder", "base_model: somebody/else", "base_model is 'somebody/else'"),
        ("- de\n", "- fr\n", "language is ['en', 'fr'], the findings say ['en', 'de']"),
        ("      value: ", "      value: 1", "model-index: Accuracy is"),
        ("license: apache-2.0", "license: &a apache-2.0\nx: *a", "repeats parts of itself by aliases"),
    ],
)
def test_metadata_against_the_findings(text_run, old, new, said):
    rewrite(text_run, old, new)
    assert said in complaint(text_run, "metadata").detail


def test_declarations_for_other_weights_are_stale(text_run):
    text_run.set("declared.for_adapter", value="0" * 64)
    assert "stale" in complaint(text_run, "declarations").detail
    text_run.drop("declared.for_adapter")
    assert complaint(text_run, "declarations").ok is None
