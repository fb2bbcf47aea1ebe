"""What a request may not do: leave its folder or its token's adapters, reach a network, hang the server, pass as numbers."""

from __future__ import annotations

import ast
import asyncio
import json
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tunecard
from served import Stand, library_of, state_of
from tunecard.errors import RecipeError
from tunecard.serving import state as states
from tunecard.serving.app import build_app
from tunecard.serving.doors import doors_of
from tunecard.serving.limits import Limits
from tunecard.serving.measures import Measures
from tunecard.serving.state import State

SOURCE = Path(tunecard.__file__).parent / "serving"
MINE, YOURS, ALL = "m" * 20, "y" * 20, "a" * 20
OPEN = {
    ("/", "GET"),
    ("/page.css", "GET"),
    ("/common.js", "GET"),
    ("/page.js", "GET"),
    ("/docs", "GET"),
    ("/docs.js", "GET"),
    ("/livez", "GET"),
    ("/readyz", "GET"),
    ("/health", "GET"),
}
Client = Any


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The adapter's folder, beside a file that is nobody's business."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "README.md").write_text("secret")
    (folder / "adapter").mkdir()
    for name in ("README.md", "bom.json"):
        (folder / "adapter" / name).symlink_to(folder / "README.md")
    (folder / "adapter/evidence.json").write_text('{"a": "<b>"}')
    (folder / "adapter/recipe.yaml").write_text("secret")
    return folder / "adapter"


@pytest.fixture(scope="module")
def stand() -> Stand:
    return Stand()


@pytest.fixture(scope="module")
def state(stand: Stand, home: Path) -> Iterator[State]:
    one = state_of(library_of(stand, home))
    yield one
    stand.may.set()
    one.worker.close()


def asked(state: State, ask: Callable[[Client], Awaitable[None]], token: str | None = None) -> None:
    async def run() -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(build_app(state), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            await ask(client)

    asyncio.run(run())


def locked(state: State) -> State:
    doors = doors_of("127.0.0.1", f"{ALL}\n{MINE} one\n{YOURS} two\n")
    return State(state.worker, state.limits, doors, Measures())


def test_a_score_that_is_no_number_is_a_fault_of_its_row_and_no_json_of_ours(
    state: State, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, text: str) -> dict[str, Any]:
        found = Stand.answer(name, text)
        return found if text != "broken" else found | {"probabilities": {name: float("nan"), "no": float("inf")}}

    monkeypatch.setattr(stand, "answer", broken)

    async def ask(client: Client) -> None:
        sent = {"inputs": ["fine", "broken"], "adapter": "one"}
        answer = await client.post("/predict", json=sent)
        assert "NaN" not in answer.text and "Infinity" not in answer.text and answer.status_code == 200
        good, bad = answer.json()
        assert good[0]["label"] == "one" and "gives no number" in bad["error"]
        told = (await client.post("/classify", json={"input": sent["inputs"], "model": "one"})).json()["data"]
        assert told[0]["label"] == "one" and "gives no number" in told[1]["error"]

    asked(state, ask)


def test_a_model_thread_that_hangs_is_unready_while_the_process_lives(
    state: State, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "CANARY_SECONDS", 0.2)

    async def ask(client: Client) -> None:
        assert (await client.get("/readyz")).status_code == 200
        stand.may.clear()
        assert (await client.get("/readyz")).status_code == 503 and (await client.get("/livez")).status_code == 200
        stand.may.set()
        assert (await client.get("/health")).status_code == 200

    asked(state, ask)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    name=st.text(min_size=1, max_size=30)
    | st.sampled_from(["../README.md", "..", "%2e%2e/x", "one/../../README.md", "one\0"])
)
def test_no_name_leads_to_another_file(state: State, name: str) -> None:
    async def ask(client: Client) -> None:
        quoted = f"/adapters/{quote(name, safe='', errors='replace')}/card"
        for method, path in (("GET", quoted), ("POST", "/predict")):
            sent = {"inputs": "x", "adapter": name} if method == "POST" else None
            body = None if sent is None else json.dumps(sent)
            answer = await client.request(method, path, content=body)
            assert answer.status_code in (404, 405, 307) or name in ("one", "two"), answer.text
            assert "secret" not in answer.text

    asked(state, ask)


def test_a_card_that_is_a_link_out_of_its_folder_is_not_shown(state: State) -> None:
    async def ask(client: Client) -> None:
        answer = await client.get("/adapters/one/card")
        assert answer.status_code == 404 and "secret" not in answer.text

    asked(state, ask)


def test_what_a_card_links_to_is_there_and_no_other_file(state: State) -> None:
    async def ask(client: Client) -> None:
        evidence = await client.get("/adapters/one/evidence.json")
        assert evidence.json() == {"a": "<b>"} and evidence.headers["content-type"] == "application/json"
        assert "sandbox" in evidence.headers["content-security-policy"]
        for file in (
            "bom.json",
            "recipe.yaml",
            "DATASET_CARD.md",
            "card.html",
            "adapter_config.json",
            "..%2fREADME.md",
        ):
            answer = await client.get(f"/adapters/one/{file}")
            assert answer.status_code == 404 and "secret" not in answer.text

    asked(state, ask)


def test_no_request_adds_changes_or_drops_an_adapter(state: State) -> None:
    async def ask(client: Client) -> None:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/adapters", "/adapters/one", "/adapters/one/card", "/v1/models", "/v1/load_lora_adapter"):
                assert (await client.request(method, path, json={"path": "/tmp"})).status_code in (404, 405)
        assert [one["name"] for one in (await client.get("/adapters")).json()["adapters"]] == ["one", "two"]

    asked(state, ask)


def test_every_path_but_the_open_ones_asks_for_the_token(state: State) -> None:
    app = build_app(locked(state))
    paths = {(route.path, method) for route in app.routes for method in route.methods - {"HEAD"}}  # type: ignore[attr-defined]
    assert paths > OPEN and ("/classify", "POST") in paths

    async def ask(client: Client) -> None:
        for path, method in sorted(paths):
            answer = await client.request(method, path.replace("{name}", "one"), json={"inputs": "x"})
            assert (answer.status_code == 401) is ((path, method) not in OPEN), (path, method)

    asked(locked(state), ask)


def test_openapi_tells_every_path_that_programs_ask(state: State) -> None:
    app = build_app(state)
    paths = {route.path for route in app.routes if not route.path.endswith((".css", ".js"))}  # type: ignore[attr-defined]

    async def ask(client: Client) -> None:
        assert set((await client.get("/openapi.json")).json()["paths"]) == paths

    asked(state, ask)


def test_a_token_opens_its_own_adapters_and_does_not_learn_of_others(state: State) -> None:
    async def ask(client: Client) -> None:
        assert [one["name"] for one in (await client.get("/adapters")).json()["adapters"]] == ["one"]
        assert [one["id"] for one in (await client.get("/v1/models")).json()["data"]] == ["one"]
        unknown, theirs = [
            await client.post("/predict", json={"inputs": "x", "adapter": name}) for name in ("twp", "two")
        ]
        assert unknown.status_code == theirs.status_code == 404
        assert unknown.text.replace("twp", "two") == theirs.text and "one" not in theirs.text
        for path in ("/adapters/two", "/adapters/two/card"):
            assert (await client.get(path)).status_code == 404
        for path in ("/adapters/two/predict", "/models/two"):
            assert (await client.post(path, json={"inputs": "x"})).status_code == 404
        assert (await client.post("/classify", json={"input": "x", "model": "two"})).status_code == 404
        assert (await client.post("/predict", json={"inputs": "x"})).json()[0]["label"] == "one"

    asked(locked(state), ask, MINE)

    async def ask_all(client: Client) -> None:
        assert len((await client.get("/adapters")).json()["adapters"]) == 2

    asked(locked(state), ask_all, ALL)


@pytest.mark.parametrize("text", ["", "short one", f"{MINE}\n{MINE} one", "ü" * 20])
def test_a_token_file_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="token"):
        doors_of("0.0.0.0", text)


def test_tokens_are_compared_in_constant_time_and_nothing_of_a_client_is_a_pattern() -> None:
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        imported = {
            name.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        }
        assert not imported & {"re", "regex", "pickle", "jinja2", "subprocess", "urllib", "requests", "httpx"}, path
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
                equal = any(isinstance(op, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)) for op in node.ops)
                assert not (equal and names & {"given", "token"} and path.name == "doors.py"), ast.unparse(node)
    assert "hmac.compare_digest" in (SOURCE / "doors.py").read_text()


def test_only_json_is_read_and_ranges_are_not_honoured(state: State) -> None:
    async def ask(client: Client) -> None:
        form = await client.post("/predict", files={"inputs": b"x" * 10_000}, data={"adapter": "one"})
        assert (form.status_code, form.json()["error"]["type"]) == (400, "shape")
        whole = await client.get("/page.js", headers={"Range": "bytes=" + ",".join("0-1" for _ in range(5_000))})
        assert whole.status_code == 200 and len(whole.content) > 1_000

    asked(state, ask)
    assert tuple(map(int, version("starlette").split(".")[:2])) >= (0, 49)


def test_no_request_reaches_a_network(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> None:
        raise AssertionError("a request made the server ask a network")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, nobody)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    address = "http://169.254.169.254/latest/meta-data"

    async def ask(client: Client) -> None:
        for body in (
            {"inputs": address, "adapter": "one"},
            {"inputs": [address], "adapter": address},
            {"inputs": {"url": address}, "adapter": "one"},
            {"inputs": "x", "adapter": "one", "parameters": {"image_url": address}},
        ):
            assert (await client.post("/predict", json=body)).status_code in (200, 400, 404)
        assert (await client.get("/adapters/one", headers={"Referer": address, "X-Forwarded-Host": "evil"})).status_code

    asked(state, ask)


def test_no_page_of_another_site_may_read_or_be_told_so(state: State) -> None:
    async def ask(client: Client) -> None:
        for method, path in (("OPTIONS", "/predict"), ("GET", "/adapters"), ("GET", "/")):
            headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
            answer = await client.request(method, path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    asked(state, ask)


@pytest.mark.parametrize("page", ["index.html", "docs.html"])
def test_a_page_puts_what_comes_from_elsewhere_in_as_text(page: str) -> None:
    folder = files("tunecard.serving").joinpath("page")
    markup = folder.joinpath(page).read_text()
    names = re.findall(r'<script src="([a-z.]+)" defer></script>', markup)
    assert "common.js" in names and len(names) > 1
    script = "".join(folder.joinpath(name).read_text() for name in names)
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser"):
        assert way not in script
    assert "textContent" in script and "<script>" not in markup and " onclick" not in markup and " style=" not in markup


@pytest.mark.parametrize(
    "text", ["(" * 90_000, "a" * 100_000, "é" * 50_000, " \t" * 50_000, "\u200b" * 90_000, "=+" * 50_000]
)
def test_a_text_made_to_take_long_takes_no_longer_than_others(state: State, text: str) -> None:
    async def ask(client: Client) -> None:
        began = time.process_time()
        assert (await client.post("/predict", json={"inputs": [text], "adapter": "one"})).status_code == 200
        assert time.process_time() - began < 1

    asked(state, ask)


def test_a_fault_of_ours_is_json_and_quotes_no_text(
    state: State, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    text = "my private text"

    def broken(*_: Any) -> None:
        raise ValueError(text)

    monkeypatch.setattr("tunecard.serving.app.as_pipeline", broken)

    async def ask(client: Client) -> None:
        answer = await client.post("/predict", json={"inputs": text, "adapter": "one"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (500, "fault")
        assert text not in answer.text

    asked(state, ask)
    assert "ValueError" in caplog.text and text not in caplog.text


# Any value of JSON, and bodies that are nearly right; an object may have any keys.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["inputs", "input", "adapter", "model", "parameters", "top_k", "truncate", "raw_scores", "ignore_labels", "options", "user"]
)  # fmt: skip
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.text(max_size=9) | st.lists(st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3), max_size=4) | VALUES,
        "adapter": st.sampled_from(["one", "two", "three", None]),
        "parameters": st.none() | st.dictionaries(KEYS, VALUES, max_size=2),
        "top_k": st.none() | st.integers(-1, 3),
        "truncate": st.none() | st.booleans(),
    },
)  # fmt: skip
BODIES = st.one_of(
    VALUES.map(json.dumps),
    st.dictionaries(KEYS, VALUES, max_size=4).map(json.dumps),
    NEARLY.map(json.dumps),
    st.text(max_size=30),
    st.integers(1, 3_000).map(lambda depth: '{"inputs": ' + "[" * depth + '"x"' + "]" * depth + "}"),
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(body=BODIES, path=st.sampled_from(["/predict", "/classify", "/models/one", "/", "/adapters/two/predict"]))
def test_whatever_is_sent_is_answered_or_refused_by_type(state: State, body: str, path: str) -> None:
    async def ask(client: Client) -> None:
        answer = await client.post(path, content=body.encode("utf-8", "surrogatepass"))
        told = json.loads(answer.content, parse_constant=pytest.fail)
        assert answer.status_code in (200, 400, 404, 422), (body, answer.text)
        if answer.status_code != 200:
            assert set(told) == {"error"} and set(told["error"]) == {"type", "message"}

    asked(state, ask)


def test_the_bounds_of_a_server_are_finite() -> None:
    assert all(0 < bound < 10**10 for bound in vars(Limits()).values())
