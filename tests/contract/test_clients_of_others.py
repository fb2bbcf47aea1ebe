"""Clients written for other servers, unchanged, many at once: every answer is the one that `tunecard.load(...).predict` gives."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from huggingface_hub import InferenceClient, constants
from huggingface_hub.errors import HfHubHTTPError

import tunecard
from served import state_of
from tiny_adapters import CLASSES, TEXTS, make_adapter
from tunecard.serving.opening import Opener
from tunecard.serving.server import configured

TOPICS, OTHERS, NAMES = "topics", "others", "names"
TASKS = {TOPICS: "text-classification", OTHERS: "text-classification", NAMES: "token-classification"}
Answers = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class House:
    """A server that runs.

    Attributes:
        expected: adapter to what `predict` answers to each of TEXTS.
    """

    address: str
    expected: Answers


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, tiny_base: Callable[[str], Path]) -> Iterator[House]:
    home, base = tmp_path_factory.mktemp("adapters"), tiny_base("roberta")
    for seed, (name, task) in enumerate(TASKS.items(), 1):
        make_adapter(home / name, base, task, seed=seed)
    expected: Answers = {name: tunecard.load(home / name, str(base)).predict(TEXTS) for name in TASKS}
    library, faults = Opener(str(base), "cpu", most_bytes=1).open(sorted(home.iterdir()))
    assert not faults
    state = state_of(library)
    server = uvicorn.Server(configured(state, 0))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield House(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", expected)
    server.should_exit = True
    thread.join(10)
    state.worker.close()


@pytest.fixture(autouse=True)
def _a_client_may_ask_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the Hub is offline its clients ask nobody at all."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


def scores_of(answer: dict[str, Any]) -> Any:
    return pytest.approx(answer["probabilities"], abs=1e-4)


def same_entities(found: Sequence[Any], answer: dict[str, Any], read: Callable[[Any, str], Any]) -> bool:
    keys = ("entity_group", "start", "end", "word")
    told = [tuple(read(one, key) for key in keys) for one in found]
    own = [(one["label"], one["start"], one["end"], one["text"]) for one in answer["entities"]]
    scores = [one["probability"] for one in answer["entities"]]
    return told == own and [read(one, "score") for one in found] == pytest.approx(scores, abs=1e-4)


def by_inference_client(house: House, place: int, name: str) -> None:
    client = InferenceClient(model=f"{house.address}/models/{name}", token="unused")
    answer = house.expected[name][place]
    if name == NAMES:
        found = client.token_classification(TEXTS[place], aggregation_strategy="simple")
        assert same_entities(found, answer, getattr)
        return
    labels = client.text_classification(TEXTS[place])
    assert {one.label: one.score for one in labels} == scores_of(answer) and labels[0].label == answer["label"]
    (best,) = client.text_classification(TEXTS[place], top_k=1)
    assert best.label == answer["label"]


def by_requests(house: House, place: int, name: str) -> None:
    with requests.Session() as session:
        one = session.post(f"{house.address}/predict", json={"inputs": TEXTS[place], "adapter": name}).json()
        all_of_them = session.post(f"{house.address}/adapters/{name}/predict", json={"inputs": TEXTS}).json()
    for found, answer in [(one, house.expected[name][place]), *zip(all_of_them, house.expected[name], strict=True)]:
        if name == NAMES:
            assert same_entities(found, answer, lambda entity, key: entity[key])
        else:
            assert {label["label"]: label["score"] for label in found} == scores_of(answer)


def by_embeddings_inference(house: House, place: int, name: str) -> None:
    """A body as clients of text-embeddings-inference send it: batches are lists of one text."""
    name = OTHERS if name == NAMES else name
    body = {
        "inputs": [[text] for text in TEXTS],
        "truncate": True,
        "raw_scores": False,
        "truncation_direction": "Right",
    }
    found = requests.post(f"{house.address}/adapters/{name}/predict", json=body).json()
    for labels, answer in zip(found, house.expected[name], strict=True):
        assert {label["label"]: label["score"] for label in labels} == scores_of(answer)
    assert requests.get(f"{house.address}/health").status_code == 200


def by_openai_style(house: House, place: int, name: str) -> None:
    """As clients of vLLM and SGLang: the model's name from a list, then /classify."""
    models = requests.get(f"{house.address}/v1/models").json()
    assert models["object"] == "list" and [one["id"] for one in models["data"]] == sorted(TASKS)
    name = TOPICS if name == NAMES else name
    for path in ("/classify", "/v1/classify"):
        body = {"model": name, "input": TEXTS, "user": "me", "use_activation": True, "priority": 0}
        told = requests.post(f"{house.address}{path}", json=body).json()
        assert (told["object"], told["model"]) == ("list", name) and told["id"] and told["created"] > 1.7e9
        assert [one["index"] for one in told["data"]] == list(range(len(TEXTS)))
        for one, answer in zip(told["data"], house.expected[name], strict=True):
            assert one["label"] == answer["label"] and one["num_classes"] == len(CLASSES)
            assert dict(zip(CLASSES, one["probs"], strict=True)) == scores_of(answer)


CLIENTS = (by_inference_client, by_requests, by_embeddings_inference, by_openai_style)


def test_clients_of_all_kinds_at_once_get_what_predict_gives(house: House) -> None:
    calls = [(client, place, name) for client in CLIENTS for place in (0, 3) for name in TASKS]
    random.Random(0).shuffle(calls)
    with ThreadPoolExecutor(12) as clients:
        done = [clients.submit(client, house, place, name) for client, place, name in calls]
    assert [one.exception() for one in done] == [None] * len(calls)
    labels = {answer["label"] for answer in house.expected[TOPICS]}
    assert len(labels) > 1 and house.expected[TOPICS] != house.expected[OTHERS], "else any answer would be right"
    assert any(answer["entities"] for answer in house.expected[NAMES])


def test_what_a_client_cannot_have_is_an_error_that_it_knows(house: House) -> None:
    client = InferenceClient(token="unused")
    for model, text in ((f"{house.address}/models/nobody", "a"), (f"{house.address}/models/{TOPICS}", " ")):
        with pytest.raises(HfHubHTTPError):
            client.text_classification(text, model=model)
    with pytest.raises(HfHubHTTPError, match="function_to_apply"):
        client.text_classification("a", model=f"{house.address}/models/{TOPICS}", function_to_apply="none")


def test_labels_can_be_left_out_and_a_cut_text_refused(house: House) -> None:
    client = InferenceClient(model=f"{house.address}/models/{NAMES}", token="unused")
    place = next(place for place, answer in enumerate(house.expected[NAMES]) if answer["entities"])
    label = house.expected[NAMES][place]["entities"][0]["label"]
    found = client.token_classification(TEXTS[place], ignore_labels=[label])
    assert all(one.entity_group != label for one in found)
    body = {"inputs": [["a"], [" ".join(TEXTS * 9)]], "truncate": False}
    short, long = requests.post(f"{house.address}/adapters/{TOPICS}/predict", json=body).json()
    assert isinstance(short, list) and "longer than the adapter reads" in long["error"]
