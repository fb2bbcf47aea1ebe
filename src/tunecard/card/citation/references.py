"""Papers a card should cite besides its own: the base's, which is known here, and the method's, which is recorded."""

from __future__ import annotations

from dataclasses import replace

from tunecard.card import facts
from tunecard.card.citation.cited_work import Author, Work
from tunecard.evidence import Findings


def _arxiv(key: str, names: str, title: str, year: int | str, number: str) -> Work:
    """A preprint; `names` as in BibTeX: "Hu, Edward J. and Shen, Yelong", with "others" for the rest."""
    listed = names.split(" and ")
    authors = [Author(*name.split(", ", 1)) for name in listed if name != "others"]
    return Work(
        title, authors, str(year), kind="article", key=key, has_more_authors=listed[-1] == "others", arxiv=number
    )


BERT = _arxiv(
    "devlin2018bert",
    "Devlin, Jacob and Chang, Ming-Wei and Lee, Kenton and Toutanova, Kristina",
    "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
    2018,
    "1810.04805",
)
ROBERTA = _arxiv(
    "liu2019roberta",
    "Liu, Yinhan and Ott, Myle and Goyal, Naman and Du, Jingfei and Joshi, Mandar and Chen, Danqi and Levy, "
    "Omer and Lewis, Mike and Zettlemoyer, Luke and Stoyanov, Veselin",
    "RoBERTa: A Robustly Optimized BERT Pretraining Approach",
    2019,
    "1907.11692",
)
DISTILBERT = _arxiv(
    "sanh2019distilbert",
    "Sanh, Victor and Debut, Lysandre and Chaumond, Julien and Wolf, Thomas",
    "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter",
    2019,
    "1910.01108",
)
ELECTRA = _arxiv(
    "clark2020electra",
    "Clark, Kevin and Luong, Minh-Thang and Le, Quoc V. and Manning, Christopher D.",
    "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators",
    2020,
    "2003.10555",
)
SENTENCE_BERT = _arxiv(
    "reimers2019sentence",
    "Reimers, Nils and Gurevych, Iryna",
    "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks",
    2019,
    "1908.10084",
)
MODERNBERT = _arxiv(
    "warner2024modernbert",
    "Warner, Benjamin and others",
    "Smarter, Better, Faster, Longer: A Modern Bidirectional Encoder for Fast, Memory Efficient, and Long Context "
    "Finetuning and Inference",
    2024,
    "2412.13663",
)
BASES = {
    "google-bert/bert-base-uncased": BERT,
    "google-bert/bert-base-cased": BERT,
    "google-bert/bert-large-uncased": BERT,
    "google-bert/bert-large-cased": BERT,
    "google-bert/bert-base-multilingual-cased": BERT,
    "FacebookAI/roberta-base": ROBERTA,
    "FacebookAI/roberta-large": ROBERTA,
    "distilbert/distilbert-base-uncased": DISTILBERT,
    "distilbert/distilbert-base-cased": DISTILBERT,
    "answerdotai/ModernBERT-base": MODERNBERT,
    "answerdotai/ModernBERT-large": MODERNBERT,
    "google/electra-small-discriminator": ELECTRA,
    "google/electra-base-discriminator": ELECTRA,
    "google/electra-large-discriminator": ELECTRA,
}


def method_reference(findings: Findings) -> Work | None:
    """The paper of the method, as recorded."""
    record = facts.mapping_of(findings, "adapter.reference")
    key, names, title, year = (str(record.get(key, "")) for key in ("key", "authors", "title", "year"))
    number, url = str(record.get("arxiv", "")), str(record.get("url", ""))
    is_whole = all((key, names, title, year, number or url))
    return replace(_arxiv(key, names, title, year, number), url=url) if is_whole else None


def base_reference(base: str) -> Work | None:
    """The paper of a known base; old ids without an owner count too."""
    if base.startswith("sentence-transformers/"):
        return SENTENCE_BERT
    return BASES.get(base) or {name.partition("/")[2]: paper for name, paper in BASES.items()}.get(base)
