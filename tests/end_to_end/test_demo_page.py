"""The demo page in a real browser: typing, errors, hostile words, many entities, a phone, the dark; axe finds nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from served import listening, state_of
from tunecard.evidence import RunFolder, measured
from tunecard.serving.shelf import Library
from tunecard.tasks import TASKS

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="no chromium with its driver here")
HOSTILE = "<img src=x onerror=alert(1)>"


class Stand:
    """Answers by what a text says, so that the page is all that is tried."""

    def __init__(self) -> None:
        self.predictors = {
            name: self._adapter(task)
            for name, task in (("labels", "text-classification"), ("names", "token-classification"))
        }

    def _adapter(self, task: str) -> Any:
        return SimpleNamespace(
            task=task, labels=("pro", HOSTILE), base_id="some/base", score="Accuracy 0.9", is_pair=False, unchecked=(),
            parts=("text",),
            fault_of=lambda row: "the text is empty." if row == "fault" else None,
        )  # fmt: skip

    def predict(self, rows: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return [self._entities(text) if name == "names" else self._labels() for name, text in rows]

    def _labels(self) -> dict[str, Any]:
        return {"label": HOSTILE, "probability": 0.75, "probabilities": {"pro": 0.25, HOSTILE: 0.75}}

    def _entities(self, text: str) -> dict[str, Any]:
        found, at = [], 0
        for word in text.split(" "):
            if word.startswith("N"):
                found.append({"label": HOSTILE, "start": at, "end": at + len(word), "text": word, "probability": 0.9})
            at += len(word) + 1
        return {"entities": found}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served")
    code = TASKS["text-classification"](("pro", "con")).snippet("some/base", None, (f"An example {HOSTILE}",))
    told = {
        "task.name": "text-classification", "task.labels": ["pro", "con"], "base_model.id": "some/base",
        "start.code": code, "results.headline": "results.test.accuracy",
    }  # fmt: skip
    score = measured("results.test.accuracy", 0.9, section="results", name="Accuracy")
    RunFolder(home).write_findings([*(measured(id, value) for id, value in told.items()), score])
    names, stand = ("labels", "names"), Stand()
    library = Library(dict.fromkeys(names, stand), stand.predictors, dict.fromkeys(names, home))  # type: ignore[arg-type]
    with listening(state_of(library)) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(120)  # axe looks at every element, on machines that others use, too
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: webdriver.Chrome, address: str) -> Iterator[webdriver.Chrome]:
    browser.set_window_size(1100, 900)
    browser.get(address)
    WebDriverWait(browser, 30).until(lambda page: page.find_element(By.ID, "about").text)
    yield browser
    assert browser.get_log("browser") == []  # no error, and nothing that the policy had to stop


def ask(page: webdriver.Chrome, text: str, adapter: str = "labels") -> list[Any]:
    Select(page.find_element(By.ID, "adapter")).select_by_value(adapter)
    WebDriverWait(page, 30).until(
        lambda page: page.find_element(By.ID, "card").get_attribute("href").endswith(f"{adapter}/card")
    )
    field = page.find_element(By.ID, "text")
    field.clear()
    page.execute_script("arguments[0].value = arguments[1]", field, text)
    field.send_keys(Keys.CONTROL, Keys.ENTER)
    WebDriverWait(page, 30).until(lambda page: page.find_element(By.ID, "said").text not in ("", "Asking …"))
    return page.find_elements(By.CSS_SELECTOR, "#answers > li")


def faults_of(page: webdriver.Chrome) -> list[str]:
    page.execute_script(files("axe_core_python").joinpath("axe.min.js").read_text())
    found = page.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    return [one["id"] for one in found["violations"]]


def test_a_label_is_text_whatever_it_holds(page: webdriver.Chrome) -> None:
    first, second = ask(page, f"one line\n{HOSTILE}")
    assert HOSTILE in first.text and "0.75" in first.text and HOSTILE in second.text
    assert not page.find_elements(By.TAG_NAME, "img") and faults_of(page) == []


def test_entities_are_marked_in_place_behind_signs_of_two_units(page: webdriver.Chrome) -> None:
    ask(page, "😀 Nadia met Noor 😀 here", "names")
    script = "return Array.from(document.querySelectorAll('mark')).map((mark) => mark.firstChild.data)"
    assert page.execute_script(script) == ["Nadia", "Noor"]
    assert not page.find_elements(By.TAG_NAME, "img")


def test_two_hundred_entities_and_a_word_without_end_fit_a_phone_in_the_dark(page: webdriver.Chrome) -> None:
    page.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    )
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    (only,) = ask(page, " ".join(["Name"] * 200) + " " + "x" * 500, "names")
    assert len(only.find_elements(By.TAG_NAME, "mark")) == 200
    assert page.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults_of(page) == []
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_errors_are_said_in_place(page: webdriver.Chrome) -> None:
    good, bad = ask(page, "fine\nfault")
    assert "the text is empty." in bad.text and "the text is empty." not in good.text
    ask(page, "\n".join(["line"] * 201))
    assert "200 lines at a time" in page.find_element(By.ID, "said").text
    page.find_element(By.ID, "clear").click()
    page.find_element(By.ID, "go").click()
    assert page.find_element(By.ID, "said").text == "Type a text first."
    assert page.switch_to.active_element.get_attribute("id") in ("text", "go")


def test_a_file_fills_the_text(page: webdriver.Chrome, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("first\nsecond\n")
    page.find_element(By.ID, "file").send_keys(str(tmp_path / "lines.txt"))
    WebDriverWait(page, 30).until(lambda page: page.find_element(By.ID, "text").get_attribute("value"))
    assert page.find_element(By.ID, "text").get_attribute("value") == "first\nsecond\n"


def test_an_example_of_the_card_is_text_and_is_asked_by_a_click(page: webdriver.Chrome) -> None:
    ask(page, "before")
    (example,) = page.find_elements(By.CSS_SELECTOR, "#examples button")
    assert HOSTILE in example.text and "the card's own example" in example.text
    example.send_keys(Keys.ENTER)
    WebDriverWait(page, 30).until(lambda page: f"An example {HOSTILE}" in page.find_element(By.ID, "answers").text)
    assert not page.find_elements(By.TAG_NAME, "img") and faults_of(page) == []


def test_a_dropped_file_fills_the_text(page: webdriver.Chrome) -> None:
    drop = """
    const files = new DataTransfer();
    files.items.add(new File(["dropped\\nlines"], "lines.txt", { type: "text/plain" }));
    const told = { dataTransfer: files, bubbles: true, cancelable: true };
    arguments[0].dispatchEvent(new DragEvent("dragover", told));
    arguments[0].dispatchEvent(new DragEvent("drop", told));
    """
    field = page.find_element(By.ID, "text")
    field.clear()
    page.execute_script(drop, field)
    WebDriverWait(page, 30).until(lambda page: field.get_attribute("value"))
    assert field.get_attribute("value") == "dropped\nlines" and "over" not in field.get_attribute("class")


def test_entities_that_touch_or_share_words_show_each_sign_once(page: webdriver.Chrome) -> None:
    marks = """
    adapter = { reliability: [], parts: ["text"] };
    const one = (start, end) => ({ entity_group: "T", start, end, score: 0.5 });
    const item = shown("abcdef gh", [one(0, 3), one(3, 5), one(4, 6), one(1, 2), one(7, 9)]);
    return [item.querySelector(".row").textContent.replaceAll("T 0.50", ""), item.querySelectorAll("mark").length];
    """
    assert page.execute_script(marks) == ["abcdef gh", 5]


def test_answers_of_every_task_are_shown(page: webdriver.Chrome) -> None:
    script = """
    adapter = { reliability: [], parts: ["text"] };
    const said = (row, answer) => shown(row, answer).innerText;
    return [
      said(["Who?", "It was Ann."], { answer: "Ann", start: 7, end: 10, probability: 0.5, candidates: [] }),
      said(["Who?", "It was."], { answer: "", start: 0, end: 0, probability: 0.5, candidates: [] }),
      said(["Shelf", ["level", "spoon"]], { label: "B", choice: "spoon", probabilities: [0.25, 0.75] }),
      said("It is", { words: [{ label: "PRON", start: 0, end: 2, text: "It", probability: null }] }),
      said("a", 1.5), said("a", [0.5, 0.5, 0.5]), said("a", []),
    ];
    """
    span, none, choices, tags, number, vector, nothing = page.execute_script(script)
    assert "It was Ann" in span and "answer 0.50" in span and "no answer" in none
    assert choices.index("spoon") < choices.index("level") and "0.75" in choices
    assert "PRON" in tags and "1.500" in number and "vector of 3 numbers" in vector and "Nothing found" in nothing


def test_the_page_of_the_api_tells_every_path_with_a_line_to_copy(browser: webdriver.Chrome, address: str) -> None:
    browser.get(f"{address}docs")
    WebDriverWait(browser, 30).until(lambda page: page.find_elements(By.CSS_SELECTOR, "article"))
    told = browser.find_element(By.ID, "paths").text
    assert all(path in told for path in ("/predict", "/classify", "/adapters/{name}/card", "/metrics", "/readyz"))
    lines = [one.text for one in browser.find_elements(By.CSS_SELECTOR, "article pre")]
    assert any(line.startswith(f"curl {address}predict -d ") for line in lines) and len(lines) >= 15
    assert faults_of(browser) == [] and browser.get_log("browser") == []
