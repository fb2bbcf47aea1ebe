"""Label Studio's exports: JSON, JSON-MIN and CSV; what was cancelled is never gold."""

from __future__ import annotations

import csv
import io
import json

import pytest

TEXT = "Ana ran to Rio"
PER, LOC = (0, 3, "PER"), (11, 14, "LOC")
RECORD = {"annotator": 1, "annotation_id": 5, "created_at": "x", "updated_at": "x", "lead_time": 1.5}


def answer(start, end, label, name="label", text=TEXT):
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": "r", "from_name": name, "to_name": "text", "type": "labels", "value": value}


def choice(*names, name="sentiment"):
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(names)}}


def annotation(*answers, cancelled=False, **more):
    return {"id": 1, "was_cancelled": cancelled, "result": list(answers), **more}


def task(*annotations, data=None, **more):
    return {"id": 3, "data": data or {"text": TEXT}, "annotations": list(annotations), **more}


def put(write, tasks, test=None):
    write("train.json", json.dumps(tasks))
    for split in ("validation", "test"):
        write(f"{split}.json", json.dumps(test or tasks[:2]))


GOLD = task(annotation(answer(*PER), answer(*LOC)))


def test_spans_cancelled_open_and_empty(write, load):
    put(
        write,
        [
            GOLD,
            task(annotation(answer(*LOC), cancelled=True)),
            task(annotation()),
            task(predictions=[annotation(answer(*LOC))]),
            {"data": {"text": TEXT}, "predictions": [annotation(answer(*LOC))], "annotations": []},
        ],
        test=[GOLD],
    )
    train = load().splits["train"]
    assert train.labels == [["B-PER", "O", "O", "B-LOC"], ["O"] * 4]
    assert train.dropped == {"no label": 2, "cancelled by their annotators": 1}


def test_of_several_annotators_the_ground_truth_or_the_first_that_is_not_cancelled(write, load):
    cancelled = annotation(answer(*LOC), cancelled=True)
    first, second = annotation(answer(*PER)), annotation(answer(*LOC))
    put(
        write,
        [task(cancelled, first, second), task(first, {**second, "ground_truth": True}), task(cancelled, first)],
        test=[GOLD],
    )
    data = load()
    assert data.splits["train"].labels == [["B-PER", "O", "O", "O"], ["O", "O", "O", "B-LOC"], ["B-PER", "O", "O", "O"]]
    assert any("tasks with several annotations" in note and note.endswith(": 2") for note in data.notes)


def test_choices_are_classes(write, load):
    tasks = [task(annotation(choice(name))) for name in ("pro", "con") * 3]
    put(write, [*tasks, task(annotation())], test=tasks)
    data = load()
    assert (data.kind, data.labels) == ("text-classification", ("con", "pro"))
    assert data.splits["train"].dropped == {"no label": 1}


def test_several_questions_are_asked_and_the_answer_holds(write, load, fault):
    both = [task(annotation(answer(*PER, name="ner"), choice(name))) for name in ("pro", "con") * 2]
    put(write, both)
    assert fault() == (
        "train.json, validation.json and test.json: the Label Studio project asks 2 questions: 'ner', 'sentiment'. Say which one to learn: "
        "`--column spans=ner` or `--column label=sentiment` (`data.columns` in a recipe)."
    )
    assert load(columns={"text": "text", "label": "sentiment"}).labels == ("con", "pro")
    spans = load(columns={"text": "text", "spans": "ner"})
    assert spans.splits["train"].labels == [["B-PER", "O", "O", "O"]] * 4


def test_the_text_may_be_called_anything(write, load):
    renamed = task(annotation(answer(*PER)), data={"review": TEXT, "stars": 3})
    put(write, [renamed] * 2)
    assert load(columns={"text": "review", "spans": "spans"}).splits["train"].labels == [["B-PER", "O", "O", "O"]] * 2


def test_offsets_that_javascript_counted_are_mended_and_told(write, load):
    text = "\U0001f600 Ana ran"
    marked = answer(3, 6, "PER", text="x")  # two units for the face, where Python counts one character
    marked["value"]["text"] = "Ana"
    put(write, [task(annotation(marked), data={"text": text})] * 2)
    data = load()
    assert data.splits["train"].labels[0] == ["O", "B-PER", "O"]
    assert any("UTF-16" in note and note.endswith(": 2") for note in data.notes) or "UTF-16" in " ".join(data.notes)


def test_a_marked_text_that_stands_nowhere_is_a_fault(write, fault):
    wrong = answer(*PER)
    wrong["value"]["text"] = "Bob"
    put(write, [task(annotation(wrong))], test=[GOLD])
    assert "train.json row 1: a span's text must be what it marks. Got 'Bob' at 0-3, 'Ana'." in fault()


@pytest.mark.parametrize("more", [{}, RECORD])
def test_json_min(write, load, more):
    spans = [{"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]}]
    put(write, [{"id": n, "text": TEXT, "label": spans if n % 2 else [], **more} for n in range(4)])
    assert load().splits["train"].labels == [["O"] * 4, ["B-PER", "O", "O", "O"]] * 2


def test_json_min_of_choices_takes_one_annotation_a_task(write, load):
    rows = [
        {"id": n // 2, "text": f"text {n // 2}", "sentiment": ("pro", "con")[n // 2 % 2], **RECORD} for n in range(8)
    ]
    put(write, rows)
    train = load().splits["train"]
    assert train.labels == ["pro", "con", "pro", "con"]
    assert train.dropped == {"further annotations of a task": 4}


def written(rows):
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def test_csv_of_choices_and_of_spans(write, load):
    choices = [{"text": f"t {n}", "id": n, "mood": ("pro", "con")[n % 2], **RECORD} for n in range(6)]
    for split in ("train", "validation", "test"):
        write(f"{split}.csv", written(choices))
    assert load().splits["train"].labels == ["pro", "con"] * 3
    spans = json.dumps([{"start": 0, "end": 3, "text": "Ana", "labels": ["PER"]}])
    marked = [{"text": TEXT, "id": n, "ner": spans, **RECORD} for n in range(3)]
    for split in ("train", "validation", "test"):
        write(f"{split}.csv", written(marked))
    assert load().splits["train"].labels == [["B-PER", "O", "O", "O"]] * 3
