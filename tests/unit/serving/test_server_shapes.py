"""Bodies to rows, answers to the shapes of pipelines and of /classify, each bound with its status."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from tunecard.errors import RecipeError
from tunecard.serving.doors import Doors, doors_of
from tunecard.serving.limits import Limits
from tunecard.serving.refusals import Refused
from tunecard.serving.requests import read_asked, read_body
from tunecard.serving.shapes import as_classified, as_pipeline

FEW = Limits(rows=3, characters=10)


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        ({"label": "b", "probability": 0.7, "probabilities": {"a": 0.3, "b": 0.7}, "truncated": False},
         [{"label": "b", "score": 0.7}, {"label": "a", "score": 0.3}]),
        ({"entities": [{"label": "PER", "start": 0, "end": 4, "text": "Mary", "probability": 0.9}]},
         [{"entity_group": "PER", "start": 0, "end": 4, "word": "Mary", "score": 0.9}]),
        ({"value": 1.5, "truncated": False}, 1.5),
        ({"labels": ["x"], "probabilities": {"x": 0.8, "y": 0.1}, "truncated": False}, [{"label": "x", "score": 0.8}]),
        ({"embedding": [0.0, 1.0], "truncated": False}, [0.0, 1.0]),
        ({"answer": "Rome", "start": 3, "end": 7, "probability": 0.5}, {"answer": "Rome", "start": 3, "end": 7, "probability": 0.5}),
    ],
)  # fmt: skip
def test_answers_have_the_shape_of_pipelines(answer: dict[str, Any], shape: Any) -> None:
    assert as_pipeline(answer) == shape


def test_classify_gives_every_class_in_the_order_of_labels() -> None:
    told = as_classified(2, {"probabilities": {"a": 0.3, "b": 0.7}}, ("b", "a"))
    assert told == {"index": 2, "label": "b", "probs": [0.7, 0.3], "num_classes": 2}
    with pytest.raises(ValueError, match="POST /predict"):
        as_classified(0, {"value": 1.0}, ("v",))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"inputs": "a", "inputs": "b"}', b"\xff", b'{"a":' * 5_000, b'{"inputs": NaN}'],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as told:
        read_asked(read_body(body), "inputs", "adapter", FEW)
    assert (told.value.status, told.value.kind) == (400, "shape")


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ({"inputs": ["a"] * 4}, 422, "3 rows. Got 4"),
        ({"inputs": ["a", "b" * 11]}, 422, "row 1 has 11 characters; 10"),
        ({"inputs": [["six", "teen letters"]]}, 422, "row 0"),
        ({"inputs": []}, 400, "must be"),
        ({"inputs": [3]}, 400, "must be"),
        ({"inputs": {"text": "a"}}, 400, "must be"),
        ({"inputs": "a", "adapter": 3}, 400, "name of an adapter"),
        ({"inputs": "a", "parameters": 3}, 400, "'parameters'"),
        ({"inputs": "a", "parameters": {"secret": 1}}, 400, "'secret' in 'parameters'"),
        ({"inputs": "a", "parameters": {"top_k": 0}}, 400, "'top_k'"),
        ({"inputs": "a", "parameters": {"function_to_apply": "none"}}, 400, "'function_to_apply' is not offered"),
        ({"inputs": "a", "raw_scores": True}, 400, "'raw_scores'"),
        ({"inputs": "a", "ignore_labels": "O"}, 400, "'ignore_labels'"),
        ({"inputs": "a", "truncate": 1}, 400, "'truncate'"),
        ({"inputs": "a", "secret": 1}, 400, "'secret' besides"),
        ({"inputs": [[[["a"]]]]}, 400, "must be"),
        ({"adapter": "a"}, 400, "no 'inputs'"),
    ],
)
def test_every_bound_has_its_status(content: dict[str, Any], status: int, said: str) -> None:
    with pytest.raises(Refused) as told:
        read_asked(content, "inputs", "adapter", FEW)
    assert told.value.status == status and said in told.value.message


def test_rows_and_their_tokens_are_read() -> None:
    one = read_asked({"inputs": "abcd", "adapter": "x"}, "inputs", "adapter", FEW)
    assert (one.rows, one.is_single, one.tokens, one.adapter) == (["abcd"], True, 2, "x")
    two = read_asked({"inputs": [["ab", "cdef"], ["gh", "i"]]}, "inputs", "adapter", FEW)
    assert (two.rows, two.is_single, two.tokens) == ([["ab", "cdef"], ["gh", "i"]], False, 3)


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [("localhost:8000", True), ("127.0.0.1", True), ("[::1]:8000", True), ("evil.example", False), ("", False),
     ("localhost.evil.example", False)],
)  # fmt: skip
def test_on_loopback_only_its_own_names_are_asked_for(host: str, is_taken: bool) -> None:
    doors = Doors("127.0.0.1")
    with nullcontext() if is_taken else pytest.raises(Refused) as told:
        doors.check_host({"host": host})
    assert is_taken or told.value.status == 403


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [("Bearer " + "k" * 20, True), ("bearer " + "k" * 20, True), ("Bearer x", False), ("k" * 20, False), ("", False)],
)
def test_the_token_is_asked_for(sent: str, is_taken: bool) -> None:
    doors = doors_of("0.0.0.0", "k" * 20)
    with nullcontext() if is_taken else pytest.raises(Refused) as told:
        doors.check_token({"authorization": sent})
    assert is_taken or told.value.status == 401


def test_other_machines_need_a_token_that_cannot_be_guessed() -> None:
    with pytest.raises(RecipeError, match="--token-file"):
        doors_of("0.0.0.0", None)
    with pytest.raises(RecipeError, match="16 printable"):
        doors_of("127.0.0.1", "short")
