"""Augmented manifests of SageMaker Ground Truth: entities, a class, and what could not be labelled."""

from __future__ import annotations

TEXT = "Ana ran to Rio"


def put(write, rows):
    for split in ("train", "validation", "test"):
        write(f"{split}.jsonl", rows)


def entities(*found):
    return {
        "source": TEXT,
        "people": {"annotations": {"entities": list(found)}, "version": "1"},
        "people-metadata": {"type": "groundtruth/text-span", "human-annotated": "yes"},
    }


def classed(name, number=0, **about):
    return {"source": f"text {number}", "mood": number % 2, "mood-metadata": {"class-name": name, **about}}


def test_entities(write, load):
    put(write, [entities({"label": "PER", "startOffset": 0, "endOffset": 3}), entities()])
    assert load().splits["train"].labels == [["B-PER", "O", "O", "O"], ["O"] * 4]


def test_one_class_and_what_failed(write, load):
    rows = [classed(("pro", "con")[n % 2], n) for n in range(6)]
    put(write, [*rows, {**classed("pro", 7), "mood-metadata": {"failure-reason": "timeout"}}])
    train = load().splits["train"]
    assert train.labels == ["pro", "con"] * 3
    assert train.dropped == {"labelling failed": 1}


def test_several_jobs_are_asked(write, load, fault):
    put(
        write,
        [
            {**classed(("pro", "con")[n % 2], n), "tone": 1, "tone-metadata": {"class-name": "ab"[n % 2]}}
            for n in range(6)
        ],
    )
    assert "2 labelling jobs. Say which one to learn: `--column label=mood` or `--column label=tone`" in fault()
    assert load(columns={"text": "text", "label": "tone"}).splits["train"].labels == ["a", "b"] * 3
