"""Strings from outside format nothing and read as they were."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tunecard.card import markdown

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXTS = st.text(alphabet=st.sampled_from("`*_{}[]()#+-.!|~$<>&;\\/:@=\"' \n\tabc019wé") | st.characters(), max_size=40)
PAYLOADS = [
    "`",
    "<script>alert(1)</script>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "# heading",
    "a\n# heading",
    "a\n\n---\nlicense: mit",
    "a | b | c",
    "`code` ``more``",
    "*measured*",
    "**bold** __bold__ _it_ ~~gone~~",
    "{{ 7 * 7 }} {% raw %}",
    "1. one",
    "- item",
    "> quote",
    "    code",
    "~~~\nfence",
    "&lt;b&gt; &#60;b&#62;",
    "\\[x\\](y)",
    "[x]: https://evil.example",
    "$$x$$ \\(x\\)",
    "a\u202eb\u2028c\x00d\x1b[31m",
]


def shown(source: str) -> tuple[list[str], str]:
    """Types of all tokens and the text that a reader sees."""
    types, text = [], ""
    for token in PARSER.parse(source):
        types.append(token.type)
        for child in token.children or []:
            types.append(child.type)
            text += child.content
    return types, text


@settings(max_examples=60)
@given(TEXTS)
def test_escaped_text_is_one_plain_paragraph_that_reads_the_same(text: str) -> None:
    types, seen = shown("x " + markdown.escape(text))
    assert set(types) <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert seen == ("x " + markdown.one_line(text)).strip()


@settings(max_examples=60)
@given(TEXTS)
def test_escaped_text_at_the_start_of_a_line_stays_a_paragraph(text: str) -> None:
    types, seen = shown(markdown.escape(text))
    assert set(types) <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert seen == markdown.one_line(text)


@settings(max_examples=60)
@given(TEXTS, TEXTS)
def test_cells_stay_cells(first: str, second: str) -> None:
    source = markdown.table(["a", "b"], [[markdown.escape(first), markdown.code(second)]])
    types, _ = shown(source)
    assert types.count("td_open") == 2
    assert not {"html_inline", "html_block", "link_open", "image", "em_open"} & set(types)
    assert markdown.escape(first).count("|") == markdown.escape(first).count("\\|")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_inert_in_prose_and_paragraphs(payload: str) -> None:
    allowed = {"paragraph_open", "inline", "text", "paragraph_close"}
    assert set(shown(markdown.paragraphs(payload))[0]) <= allowed
    assert set(shown(markdown.prose(payload))[0]) <= allowed | {"code_inline"}


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [("see https://evil.example", "https://"), ("see www.evil.example", "www."), ("a@b.example", "a@b")],
)
def test_bare_addresses_do_not_become_links(text: str, forbidden: str) -> None:
    escaped = markdown.escape(text)
    assert forbidden not in escaped
    assert shown(escaped)[1] == text


def test_paragraphs_survive() -> None:
    assert markdown.paragraphs("one\ntwo\n\nthree\r\n\r\nfour") == "one two\n\nthree\n\nfour"


def test_reasons_keep_simple_code_only() -> None:
    assert markdown.prose("set `card.region` to <b> `x|y`") == "set `card.region` to &lt;b&gt; \\`x\\|y\\`"


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://example.org/a_b?c=1", True),
        ("http://localhost:8000/x", True),
        ("javascript:alert(1)", False),
        ("https://x.example/>[a](b)", False),
        ("https://x.example/ two", False),
    ],
)
def test_only_plain_web_addresses_become_links(address: str, is_link: bool) -> None:
    source = markdown.web_link(address)
    assert ("link_open" in shown(source)[0]) is is_link
    assert html.unescape(shown(source)[1]) == address


def test_a_fence_is_longer_than_what_it_holds() -> None:
    text = "a\n```\nb\n````\nc"
    tokens = PARSER.parse(markdown.fenced(text, "python"))
    assert [token.type for token in tokens] == ["fence"]
    assert tokens[0].content == text + "\n"


def test_long_lists_say_that_some_are_left_out() -> None:
    assert markdown.listing([str(number) for number in range(77)]) == "0, 1, 2, 3, 4 and others"
    assert markdown.listing(["a", "b"]) == "a and b"
    assert markdown.listing([]) == ""


@pytest.mark.parametrize(
    ("name", "is_id"),
    [
        ("roberta-large", True),
        ("a/b", True),
        ("/srv/x", False),
        ("a/b/c", False),
        ("../x", False),
        ("a b", False),
        (3, False),
    ],
)
def test_repository_ids(name: object, is_id: bool) -> None:
    assert markdown.is_repository_id(name) is is_id
