"""benchmarks/serving.py: its clients count what came and see a wrong answer; its adapters are folders that can be served."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
TEXTS = ["short", "a longer one"]
LABELS = [[{"label": "pro", "score": 0.75}, {"label": "con", "score": 0.25}]]
ENTITIES = [[{"entity_group": "GENE", "start": 2, "end": 8, "word": "longer", "score": 0.5}]]
Answer = Callable[[dict[str, Any]], bytes]


@pytest.fixture(autouse=True)
def _scripts_import_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@contextmanager
def served(answer: Answer) -> Iterator[int]:
    """The port of a server that answers each request so; nothing closes the connection."""
    loop, ports = asyncio.new_event_loop(), []
    is_ready = threading.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                writer.write(answer(json.loads(await reader.readexactly(length))))
                if not writer.is_closing():
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, json.JSONDecodeError):
            writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        is_ready.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(listen()), loop.run_forever()), daemon=True)
    thread.start()
    assert is_ready.wait(10)
    yield ports[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


def response(content: Any, status: str = "200 OK", more: str = "") -> bytes:
    body = json.dumps(content).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def run(tmp_path: Path, answer: Answer, **settings: Any) -> dict[str, Any]:
    """The columns of a load on adapters `good` and `bad`, both of whom are expected to answer LABELS."""
    client, rows = import_module("serving_client"), import_module("serving_rows")
    expected = tmp_path / "expected.json"
    expected.write_text(json.dumps({name: {"0": LABELS[0], "1": LABELS[0]} for name in ("good", "bad")}))
    asking = rows.Asking(["good", "bad", "unknown"], {name: [0, 1] for name in ("good", "bad", "unknown")})
    usual = {"seconds": 0.2, "warm": 0.1, "clients": 4, "expected": str(expected)}
    with served(answer) as port:
        client.Plan(port, asking, TEXTS, **usual | settings).save(tmp_path / client.PLAN)
        found: dict[str, Any] = client.run_load(tmp_path)
    return found


def test_clients_count_and_see_the_wrong_answers_and_no_others(tmp_path: Path) -> None:
    def answer(asked: dict[str, Any]) -> bytes:
        planted = [[{"label": "pro", "score": 0.7503}, {"label": "con", "score": 0.2497}]]
        return response(planted if asked["adapter"] == "bad" else LABELS)

    columns = run(tmp_path, answer)
    found = import_module("serving_figures").summary(columns)
    assert found["statuses"] == {"200": len(columns["name"])} and found["unsent"] == 0
    assert {name: set() for name in set(columns["name"])} == {"good": set(), "bad": set(), "unknown": set()}
    for name, verdict in {"good": True, "bad": False, "unknown": None}.items():
        assert {right for one, right in zip(columns["name"], columns["right"], strict=True) if one == name} == {verdict}
    ended = [a + b for a, b in zip(columns["began"], columns["seconds"], strict=True)]
    assert found["rows_a_second"] == pytest.approx(sum(0.1 <= end < 0.3 for end in ended) / 0.2)
    assert 0 < found["p50"] <= found["p95"] < 0.2
    only = run(tmp_path, answer, judges="goo")
    assert set(only["right"]) == {True, None}


def test_refusals_and_broken_connections_are_no_answers(tmp_path: Path) -> None:
    def answer(asked: dict[str, Any]) -> bytes:
        if asked["adapter"] == "good":
            return response({}, "429 Too Many Requests", "Retry-After: 1\r\n")
        return b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n" if asked["adapter"] == "bad" else b"\r\n\r\n"

    columns = run(tmp_path, answer)
    found = import_module("serving_figures").summary(columns)
    named = {name: columns["name"].count(name) for name in ("good", "bad", "unknown")}
    assert found["statuses"] == {"0": named["unknown"], "429": named["good"] + named["bad"]}
    assert found["without_retry_after"] == named["bad"] > 0
    assert (found["rows_a_second"], found["n"], found["p95"], found["right"]) == (0, 0, None, 0)


def test_requests_at_a_rate_come_whatever_comes_back(tmp_path: Path) -> None:
    """What finds no connection is told; seconds count from when a request was due."""
    columns = run(tmp_path, lambda asked: response(LABELS), rate=300.0, clients=50, seed=3)
    assert len(columns["name"]) + columns["unsent"] == pytest.approx(90, abs=30)
    assert columns["began"] == sorted(columns["began"]) and set(columns["status"]) == {200}
    slow = threading.Event()

    def wait(asked: dict[str, Any]) -> bytes:
        slow.wait(0.02)  # one after another
        return response(LABELS)

    late = run(tmp_path, wait, rate=300.0, clients=5, seed=3)
    assert late["unsent"] > len(late["name"]) > 0


@pytest.mark.parametrize(
    ("expected", "given", "is_right"),
    [
        (LABELS, LABELS, True),
        (LABELS, [[{"label": "pro", "score": 0.75004}, {"label": "con", "score": 0.24996}]], True),
        (LABELS, [[{"label": "con", "score": 0.25}, {"label": "pro", "score": 0.75}]], False),
        (LABELS, [[{"label": "pro", "score": 0.75}]], False),
        (LABELS, [[{"label": "pro", "score": 0.75}, {"label": "other", "score": 0.25}]], False),
        (LABELS, [{"error": "no"}], False),
        (LABELS, [*LABELS, *LABELS], False),
        (ENTITIES, ENTITIES, True),
        (ENTITIES, [[]], False),
        ([[]], ENTITIES, False),
        ([[]], [[]], True),
        (ENTITIES, [[ENTITIES[0][0] | {"end": 7}]], False),
        (ENTITIES, [[ENTITIES[0][0] | {"entity_group": "DNA"}]], False),
        (ENTITIES, [[ENTITIES[0][0] | {"score": 0.501}]], False),
        (ENTITIES, [[ENTITIES[0][0] | {"score": None}]], False),
    ],
)  # fmt: skip
def test_an_answer_is_right_when_labels_places_and_scores_are(expected: Any, given: Any, is_right: bool) -> None:
    assert import_module("serving_judge").is_right(expected, json.dumps(given).encode()) is is_right


def test_levels_may_change_places_and_what_is_no_json_is_wrong() -> None:
    judge = import_module("serving_judge")
    level = [[{"label": "pro", "score": 0.5}, {"label": "con", "score": 0.5}]]
    assert judge.is_right(level, json.dumps([level[0][::-1]]).encode())
    assert not judge.is_right(level, b"Internal Server Error")


def test_figures_of_a_load_by_hand() -> None:
    figures = import_module("serving_figures")
    names = [*"abcab", *"a" * 40]
    columns = {
        "name": names, "began": [0.1 * place for place in range(45)], "seconds": [0.01] * 5 + [0.02] * 40, "warm": 0.2,
        "status": [200] * 45, "rows": [2] * 45, "right": [True] * 45, "says_when": [False] * 45, "unsent": 0, "counted": 2.0,
    }  # fmt: skip
    assert figures.rows_a_second(columns) == 2 * 20 / 2  # those that ended from 0.2 to 2.2
    distances = figures.by_distance(columns)
    assert {name: one["n"] for name, one in distances.items()} == {"under 16": 42, "first time": 1}
    assert figures.seldom_over_often(columns) is None
    assert figures.p95_by_second(columns) == [None] * 5  # ten answers a second are too few
    assert figures.growth([1, 2, 2, 9, 9, 5, 6, 6]) == {
        "first": 1, "most": 9, "last": 6, "from_second_quarter_to_last": 0.5,
    }  # fmt: skip


def test_a_step_behind_what_is_kept_is_seen() -> None:
    """Of 600 adapters in turn twice and one again and again, each cold answer takes three times as long."""
    figures = import_module("serving_figures")
    names = [name for number in range(1_200) for name in (f"a{number % 600}", "hot")]
    seconds = [0.01 if name == "hot" else 0.03 for name in names]
    columns = {
        "name": names,
        "seconds": seconds,
        "status": [200] * 2_400,
        "began": [float(n) for n in range(2_400)],
        "warm": 0.0,
    }
    assert figures.seldom_over_often(columns) == pytest.approx(3)
    assert {name: one["n"] for name, one in figures.by_distance(columns).items()} == {
        "under 16": 1_199, "under 1024": 600, "first time": 601,
    }  # fmt: skip


def test_aims_are_reached_or_not_and_what_is_not_known_is_not() -> None:
    module = import_module("serving_aims")
    side = {"statuses": {"200": 9, "429": 5, "503": 2}, "without_retry_after": 0, "unsent": 0, "wrong": 1}
    parts = {
        "mixed": {"rows_a_second_of_merged": {"median": 0.85, "min": 0.1, "max": 1.0}, "sides": {"ours": [{"wrong": 0}]}},
        "peers": {
            "against": {"pipeline": {"rows_a_second": {"median": 2.9}, "p95": None}},
            "sides": {"ours": [{"wrong": 0}, {"wrong": 2}], "pipeline": [{"wrong": 7}]},
        },
        "overload": {
            "sides": {"overload": side}, "memory_mib": {"from_second_quarter_to_last": 3.0}, "p95_of": {"one client": 1.9},
        },
        "start": {"since_imports": {"median": 4.9}},
    }  # fmt: skip
    reached = {aim.what: aim.is_reached for aim in module.aims(parts)}
    assert [what for what, is_reached in reached.items() if not is_reached] == [
        "peers, pipeline: times the rows a second", "peers, pipeline: share of p95", "peers, ours: wrong answers",
        "overload: neither 200 nor 429", "overload, overload: wrong answers",
    ]  # fmt: skip
    assert len(reached) == 12


def test_zipf_asks_few_adapters_often_and_the_same_ones_in_every_run() -> None:
    rows = import_module("serving_rows")
    names = [f"a{number}" for number in range(100)]
    texts_of = rows.texts_of(names, TEXTS, 1, 0)
    assert texts_of == rows.texts_of(names[::-1], TEXTS, 1, 0)

    def asked(zipf: float, seed: int) -> list[int]:
        draw = rows.Asking(names, texts_of, 1, zipf).draws(seed)
        drawn = [draw()[0] for _ in range(4_000)]
        return [drawn.count(name) for name in names]

    even, steep, again = asked(0.0, 1), asked(1.1, 1), asked(1.1, 2)
    assert max(even) < 80 and max(steep) > 600
    assert int(np.argmax(steep)) == int(np.argmax(again)) and steep != again


def test_adapters_are_folders_that_can_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tunecard.inference.adapter_folder import read_adapter_folder

    folders = import_module("serving_folders")
    query = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_"
    shapes = {
        f"{query}A.weight": (16, 8), f"{query}B.weight": (8, 16), "base_model.model.classifier.weight": (4, 8),
        "base_model.model.classifier.bias": (4,),
    }  # fmt: skip

    def real_run(folder: Path, kind: str) -> Path:
        run = folder / "runs" / kind
        run.mkdir(parents=True)
        for name in ("tokenizer.json", "tokenizer_config.json", "README.md", "card.html"):
            (run / name).write_text("{}")
        return run

    def read(run: Path) -> Any:
        kind = {"text": "SEQ_CLS", "token": "TOKEN_CLS"}[run.name]
        config = {"peft_type": "LORA", "task_type": kind, "base_model_name_or_path": "some/base", "r": 16}
        return folders.Template(run, shapes, config, {"model_type": "bert"}, {"schema_version": 1, "findings": []})

    monkeypatch.setattr(folders, "_real_run", real_run)
    monkeypatch.setattr(folders.Template, "read", staticmethod(read))
    made = folders.make_folders(tmp_path, 10, seed=1)
    assert [path.name for path in made[:3]] == ["text-0000", "token-0001", "text-0002"]
    facts = [read_adapter_folder(path) for path in made]
    assert [len(one.labels) for one in facts] == [2, 3] * 4 + [3, 5]
    assert [one.task.name for one in facts[:2]] == ["text-classification", "token-classification"]
    ranks = [len(folders._tensors(path / "adapter_model.safetensors")[f"{query}A.weight"]) for path in made]
    assert ranks == [4, 4, 8, 8, 16, 16, 32, 32, 4, 4]
    weights = [folders._tensors(path / "adapter_model.safetensors")[f"{query}B.weight"] for path in made]
    assert all(np.abs(one).max() > 0 for one in weights) and not np.array_equal(weights[0], weights[8])
