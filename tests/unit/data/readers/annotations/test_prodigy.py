"""Prodigy's lines: what was accepted is gold, what was rejected or ignored never is."""

from __future__ import annotations

import pytest

TEXT = "Ana ran to Rio"
SPANS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 14, "label": "LOC"}]


def task(answer="accept", text=TEXT, **more):
    return {"text": text, "_input_hash": 1, "_task_hash": 2, "answer": answer, **more}


def put(write, rows, *, test=None):
    write("train.jsonl", rows)
    for split in ("validation", "test"):
        write(f"{split}.jsonl", test or [row for row in rows if row["answer"] == "accept"][:2])


def test_rejected_and_ignored_rows_are_left_out_and_counted(write, load):
    wrong = [{"start": 4, "end": 7, "label": "WRONG"}]
    put(
        write,
        [task(spans=SPANS), task("reject", spans=wrong), task("ignore", spans=wrong), task(spans=[]), task("reject")],
        test=[task(spans=SPANS)],
    )
    data = load()
    train = data.splits["train"]
    assert data.labels == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    assert train.inputs["tokens"] == [["Ana", "ran", "to", "Rio"]] * 2
    assert train.labels == [["B-PER", "O", "O", "B-LOC"], ["O"] * 4]
    assert train.dropped == {"rejected by their annotators": 2, "ignored by their annotators": 1}
    assert train.rows == [0, 3]
    assert "train: rows left out (rejected by their annotators): 2" in data.notes
    assert data.files[0].rows == 5


def test_tokens_beside_the_spans_are_not_taken_for_words(write, load):
    tokens = [{"text": "Ana", "start": 0, "end": 3, "id": 0, "ws": True}]
    put(write, [task(spans=SPANS, tokens=tokens, _view_id="ner_manual"), task(tokens=tokens, _view_id="ner_manual")])
    assert load().splits["train"].labels == [["B-PER", "O", "O", "B-LOC"], ["O"] * 4]


def test_the_row_in_a_fault_is_that_of_the_file(write, fault):
    bad = [{"start": 0, "end": 99, "label": "PER"}]
    put(write, [task("reject"), task(spans=SPANS), task("ignore"), task(spans=bad)], test=[task(spans=SPANS)])
    assert fault().startswith("train.jsonl row 4: a span must lie within its text")


def test_spans_accepted_one_at_a_time_are_told(write, load):
    put(write, [task(spans=SPANS[:1], _view_id="ner"), task(spans=SPANS, _view_id="ner")])
    assert "spans accepted one at a time (a text may hold more of them), of rows: 6" in " ".join(load().notes)


def test_a_label_to_agree_with(write, load):
    put(
        write,
        [task(label="pro"), task("reject", label="con"), task(label="con"), task("ignore", label="pro")] * 2,
    )
    train = load().splits["train"]
    assert train.labels == ["pro", "con"] * 2
    assert train.dropped == {"rejected by their annotators": 2, "ignored by their annotators": 2}


def test_a_choice(write, load):
    options = [{"id": "pro", "text": "For it"}, {"id": "con", "text": "Against"}]
    rows = [task(options=options, accept=[name], _view_id="choice") for name in ("pro", "con", "pro")]
    put(write, [*rows, task(options=options, accept=[]), task("reject", options=options, accept=["con"])], test=rows)
    train = load().splits["train"]
    assert train.labels == ["pro", "con", "pro"]
    assert train.dropped == {"no label": 1, "rejected by their annotators": 1}
    put(write, [*rows, task(options=options, accept=["pro", "con"])], test=rows)
    assert load().kind == "multi-label"
    assert load().splits["train"].labels == [["pro"], ["con"], ["pro"], ["con", "pro"]]


def test_a_task_without_a_text_is_a_fault(write, fault):
    put(write, [task(spans=SPANS), {"image": "a.png", "answer": "accept"}], test=[task(spans=SPANS)])
    assert "train.jsonl row 2: a task must hold a `text`" in fault()


def test_other_answers_are_no_prodigy(write, load):
    put(
        write,
        [{"text": f"t {n}", "label": "ab"[n % 2], "answer": "yes"} for n in range(4)],
        test=[{"text": "a", "label": "a"}],
    )
    data = load()
    assert data.notes == ()
    assert data.splits["train"].labels == ["a", "b"] * 2


@pytest.mark.parametrize("answer", ["accept", "reject", "ignore"])
def test_whoever_predicts_gets_every_row(write, answer):
    from contextlib import ExitStack

    from tunecard.data.readers.formats import open_rows

    path = write("new.jsonl", [task(answer, spans=SPANS, meta={"source": "x"}, number=7)] * 3)
    with ExitStack() as stack:
        records = open_rows(path, stack)
        rows = list(records.rows)
    assert [row.values["text"] for row in rows] == [TEXT] * 3
    assert rows[0].values["number"] == 7
    assert records.left_out == {}


def test_texts_whose_class_is_called_accept_are_no_tasks(write, load):
    rows = [{"text": f"t {n}", "answer": ("accept", "reject")[n % 2]} for n in range(6)]
    put(write, rows)
    assert load(columns={"text": "text", "label": "answer"}).splits["train"].labels == ["accept", "reject"] * 3
