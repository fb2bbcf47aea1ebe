"""An adapter to try: labels with bars, entities in place, and how often the card found such answers right.

tunecard wrote this file, and it is the same in every Space: what is of this adapter stands in space.json, and is shown
as text. `python app.py` starts it, with or without a network.
"""

import json
import os
from html import escape
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from starlette.responses import FileResponse
from starlette.routing import Route

import tunecard
from tunecard.errors import TunecardError

HERE = Path(__file__).parent
TOLD = json.loads((HERE / "space.json").read_text(encoding="utf-8"))
CARD = HERE / "adapter" / "card.html"
CARD_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"  # the card runs nothing
NAMES = {"text": "Text", "text_pair": "Second text", "choices": "Choices, one a line"}
BARS, FEW = 5, 20
adapter = tunecard.load(HERE / "adapter", base=HERE / "base" if (HERE / "base").is_dir() else None)


def answer(*typed: str):
    """The labels, the text with its entities, and how far to trust either."""
    texts = [*typed[:-1], *typed[-1].splitlines()] if adapter.parts[-1] == "choices" else typed
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise gr.Error("Type a text first.")
    row = adapter.row_of(*texts)
    try:
        (found,) = adapter.predict([row])
    except TunecardError as error:
        raise gr.Error(escape(str(error))) from error
    scores, marks, trusted = shown(found, texts)
    return (
        gr.Label(scores, visible=scores is not None),
        gr.HighlightedText(marks, visible=marks is not None),
        gr.HTML(f"<p>{escape(trust(trusted))}</p>"),
    )


def shown(found: dict, texts: list) -> tuple:
    """Labels with probabilities or a number, pieces with labels, and the probability that the card can judge."""
    if "entities" in found or "words" in found:
        marked = found.get("entities", found.get("words"))
        return None, pieces(texts[0], marked), min((one["probability"] for one in marked), default=None)
    if "answer" in found:
        told = {**found, "label": "answer", "text": found["answer"]}
        return None, pieces(texts[1], [told] if found["answer"] else []), found["probability"]
    if "choice" in found:
        return dict(zip(texts[1:], found["probabilities"], strict=True)), None, found["probability"]
    if "probabilities" in found:
        return found["probabilities"], None, found.get("probability")
    number = next(found[name] for name in ("value", "cosine", "embedding") if name in found)
    return f"{number:.3f}" if isinstance(number, float) else f"a vector of {len(number)} numbers", None, None


def pieces(text: str, marked: list) -> list:
    """The text in pieces, those that are marked with their label."""
    cut, done = [], 0
    for one in marked:
        cut += [(text[done : one["start"]], None), (text[one["start"] : one["end"]], one["label"])]
        done = one["end"]
    return [*cut, (text[done:], None)]


def trust(probability: float | None) -> str:
    """What the card found of answers of about this probability."""
    bins = TOLD["reliability"]
    if probability is None or not bins:
        return ""
    at = next((one for one in bins if probability <= one["to"]), bins[-1])
    rows = at["n"] if at["n"] < FEW else 100  # of a handful no share is told, but how many they were
    return (
        f"At {probability:.2f}, that of the least sure answer shown: answers of about this probability "
        f"({at['from']:.2f} to {at['to']:.2f}) were right in {rows * at['right']:.0f} of {rows} "
        f"(n = {at['n']}, the card's test)."
    )


async def card(request):
    """The adapter's card, which is one page with its pictures inside."""
    return FileResponse(CARD, media_type="text/html", headers={"Content-Security-Policy": CARD_POLICY})


with gr.Blocks(title=TOLD["title"], analytics_enabled=False) as demo:
    gr.HTML(f"<h1>{escape(TOLD['title'])}</h1><p>{escape(TOLD['about'])}</p>")
    boxes = [gr.Textbox(label=NAMES.get(part, part.capitalize()), lines=3) for part in adapter.parts]
    ask = gr.Button("Ask", variant="primary")
    outputs = [
        gr.Label(label="Answer", num_top_classes=BARS, visible=False),
        gr.HighlightedText(label="Answer", combine_adjacent=False, show_legend=True, visible=False),
        gr.HTML(),
    ]
    if TOLD["examples"]:
        gr.Examples(TOLD["examples"], boxes, label="Texts of the card")
    with gr.Accordion("Where it fails", open=True):
        gr.HTML(f"<ul>{''.join(f'<li>{escape(limit)}</li>' for limit in TOLD['limits'])}</ul>")
    if CARD.is_file():
        gr.HTML('<p><a href="card" target="_blank">Its whole card</a></p>')
    gr.on([ask.click, *(box.submit for box in boxes)], answer, boxes, outputs)

KWARGS = {"routes": [Route("/card", card)]}
if __name__ == "__main__":
    looks = {"primary_hue": "blue", "font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    demo.launch(theme=gr.themes.Default(**looks), app_kwargs=KWARGS)  # fonts of this machine: none from a network
