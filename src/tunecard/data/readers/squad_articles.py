"""SQuAD's own JSON: articles of paragraphs of questions, turned into rows as the Hub has them, a question each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def are_articles(values: list[Any]) -> bool:
    """Whether rows are articles whose paragraphs hold questions."""
    first = values[0].get("paragraphs") if values and isinstance(values[0], dict) else None
    return isinstance(first, list) and any(isinstance(one, dict) and "context" in one for one in first)


def questions_of(articles: list[Any]) -> Iterator[Any]:
    """A row a question: id, title, context, question and answers; what has another form is left as it is, a fault."""
    for article in articles:
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            yield [article]
            continue
        for paragraph in paragraphs:
            questions = paragraph.get("qas") if isinstance(paragraph, dict) else None
            if not isinstance(questions, list):
                yield [paragraph]
                continue
            yield from (_row(article, paragraph, question) for question in questions)


def _row(article: dict[Any, Any], paragraph: dict[Any, Any], question: Any) -> Any:
    if not isinstance(question, dict):
        return [question]
    given = {"title": article.get("title"), "context": paragraph.get("context"), **question}
    row = {key: value for key, value in given.items() if key != "plausible_answers"}
    answers = row.get("answers")
    if isinstance(answers, list) and all(isinstance(one, dict) for one in answers):
        row["answers"] = {key: [one.get(key) for one in answers] for key in ("text", "answer_start")}
    return row
