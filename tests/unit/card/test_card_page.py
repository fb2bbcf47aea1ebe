"""card.html: everything inside, nothing fetched, nothing run, every figure one click from its record."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from example_findings import text_run, token_run
from hypothesis import given, settings
from hypothesis import strategies as st

from tunecard.card import render_card, render_page
from tunecard.card.page.body import body_of, own_tags
from tunecard.evidence import Findings, declared, measured

RUNS = {"token": token_run, "text": text_run}
PNG = b"\x89PNG not drawn here"
PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</style><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "<iframe src=https://example.org></iframe>",
    '" onmouseover="alert(1)',
    "<svg/onload=alert(1)>",
    "<summary onclick=alert(1)>",
    "<a href='data:text/html,x'>",
    "&lt;script&gt;",
]


class Reader(HTMLParser):
    """Tags with their attributes, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(findings: Findings, pictures: dict[str, bytes] | None = None) -> str:
    card = render_card(findings)
    drawn = dict.fromkeys(re.findall(r"\]\((figures/\w+\.png)\)", card), PNG)
    return render_page(card, findings, drawn if pictures is None else pictures)


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_it_needs_no_network_and_no_script(make: type[Findings]) -> None:
    page = Reader(page_of(make()))
    assert not page.all("script") + page.all("link") + page.all("iframe") + page.all("form") + page.all("base")
    assert page.all("img") and all(str(image["src"]).startswith("data:image/png;base64,") for image in page.all("img"))
    assert all(image["alt"] for image in page.all("img"))
    policy = page.all("meta")[1]["content"]
    assert str(policy).startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "url(" not in page_of(make()).split("</style>")[0]


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_every_figure_is_one_click_from_its_record(make: type[Findings]) -> None:
    findings = make()
    page = Reader(page_of(findings))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    records = [link["href"] for link in page.all("a") if link.get("class") == "record"]
    assert len(records) > 100
    inside = [str(link["href"])[1:] for link in page.all("a") if str(link["href"]).startswith("#")]
    assert set(inside) <= ids
    assert {f"record-{number}" for number in range(1, len(findings) + 1)} <= ids
    assert "evidence.json#L" not in page_of(findings)


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_a_cell_names_its_heading_for_screens_on_which_cells_stand_below_each_other(make: type[Findings]) -> None:
    page = page_of(make())
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    cells = [re.findall(r"<td([^>]*)>", row) for row in rows]
    assert sum(map(len, cells)) > 500
    assert not [row for row in cells if row and ("data-label" in row[0] or not all("data-label" in c for c in row[1:]))]
    assert "content: attr(data-label)" in page and "white-space: pre-wrap" in page


def test_a_link_tells_its_record_on_hover_and_every_cell_is_a_link() -> None:
    findings = token_run()
    page = page_of(findings)
    place = findings.position("results.test.f1")
    head = findings["results.test.f1"]
    assert re.search(rf'<a href="#record-{place}" [^>]*title="results\.test\.f1; measured; n = {head.n}; ', page)
    assert head.interval is not None
    shown = f"{head.interval[0]:.3f}-{head.interval[1]:.3f}"
    assert re.search(rf'<td data-label="95 % interval" class="right"><a href="#record-{place}"[^>]*>{shown}</a>', page)


def test_what_the_readme_leaves_out_stands_in_the_page() -> None:
    page = page_of(token_run())
    assert '<h2 id="all-settings">' in page and '<h2 id="largest-updates">' in page


def test_a_record_row_says_what_the_record_says() -> None:
    findings = token_run()
    place = findings.position("results.test.f1")
    row = next(line for line in page_of(findings).splitlines() if line.startswith(f'<tr id="record-{place}">'))
    head = findings["results.test.f1"]
    assert head.interval is not None
    assert f"<code>{head.id}</code>" in row and str(head.value) in row and f">{head.n}</td>" in row
    assert f"{head.interval[0]:.6g} to {head.interval[1]:.6g}" in row


def test_a_missing_picture_leaves_its_words() -> None:
    page = Reader(page_of(token_run(), {}))
    assert all(image["alt"] for image in page.all("img"))


def test_it_is_a_function_of_findings_and_pictures() -> None:
    assert page_of(token_run()) == page_of(token_run())
    changed = Findings(f.model_copy(update={"value": 0.5}) if f.id == "results.test.f1" else f for f in token_run())
    assert page_of(changed) != page_of(token_run())


def poisoned(text: str) -> Findings:
    return Findings(
        [
            measured("run.name", text, section="more_information", name="Run"),
            measured("task.labels", [text, "b"], section="model_type", name=text),
            measured(f"results.test.class.{text}.f1", 0.5, section="results", name=text, slice=text, n=3, method=text),
            declared("declared.direct_use", text, section="direct_use", name="Use", method=text),
        ]
    )


def formatting(page: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(sorted(attributes))) for tag, attributes in Reader(page).tags]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_format_nothing(payload: str) -> None:
    assert formatting(page_of(poisoned(payload), {})) == formatting(page_of(poisoned("hårmless"), {}))


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>&\"'`[]()!#/=\\ \n\tab:;-*_|~"), min_size=1, max_size=30).filter(str.strip))
def test_no_string_makes_a_tag(text: str) -> None:
    tags = [tag for tag, _ in Reader(page_of(poisoned(text), {})).tags if tag in ("script", "img", "iframe", "svg")]
    assert tags == []


def test_only_the_cards_own_tags_pass() -> None:
    assert own_tags("<details>\n<summary>All</summary>") == "<details>\n<summary>All</summary>"
    assert own_tags("<details open>") == "&lt;details open&gt;"
    assert own_tags("a<br>b<b>") == "a<br>b&lt;b&gt;"
    assert "<script" not in body_of("<script>x</script>\n", [], {}).html
    assert "<script" not in body_of("a <script src=x>\n", [], {}).html
