"""Tiny random bases for offline tests: the folder layout of a Hub model, weights a few hundred kilobytes.

Weights are drawn wider than usual, so that logits differ between rows and an untouched path cannot hide.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    BertTokenizerFast,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForPreTraining,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    RobertaTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaTokenizerFast,
)

from tunecard.adapters.methods.method import AdapterPlan

ARCHITECTURES = ("roberta", "xlm-roberta", "bert", "bert-no-pooler", "distilbert", "electra", "modernbert")
USABLE_POSITIONS = 32
HIDDEN = 32
VOCABULARY = 300


def lora_plan(new_modules: Sequence[str], task_type: str, *, method: str = "lora", **settings: Any) -> AdapterPlan:
    """LoRA of rank 4 without dropout on every layer, unless `settings` say otherwise; or a control."""
    given = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "target_modules": "auto", "bias": "none", **settings}
    return AdapterPlan(method, given, list(new_modules), task_type)


CORPUS = (
    "Marta Ruiz joined Siemens in Madrid in March 2019 .",
    "The interleukin-2 gene is expressed by activated T cells and requires NF-kappa B .",
    "I would like to know when my card arrives ; it was ordered last week .",
    "A man plays the guitar while somebody else makes music in the street .",
    "Why was I charged a fee for the transfer to my bank account ?",
    "Tokyo , Berlin and New York are large cities ; the river Danube is long .",
)

_SIZES: dict[str, Any] = {
    "hidden_size": HIDDEN,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}  # heads of 16, as kernels take them
_COMMON: dict[str, Any] = {**_SIZES, "intermediate_size": 64, "initializer_range": 0.2, "vocab_size": VOCABULARY}


def make_base(
    folder: Path, architecture: str = "roberta", *, positions: int = USABLE_POSITIONS, seed: int = 0, layers: int = 2
) -> Path:
    """Writes config.json, model.safetensors and tokenizer files of a small `architecture` into `folder`.

    Args:
        architecture: one of ARCHITECTURES; "bert" carries a pooler, "bert-no-pooler" does not.
        positions: usable tokens; RoBERTa's table gets two rows more.
        seed: decides the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _TOKENIZERS[architecture]()
    tokenizer.model_max_length = positions
    torch_state = torch.get_rng_state()
    torch.manual_seed(seed)
    model = _build(architecture, {**_COMMON, "num_hidden_layers": layers}, positions, tokenizer)
    torch.set_rng_state(torch_state)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _build(
    architecture: str, sizes: dict[str, Any], positions: int, tokenizer: PreTrainedTokenizerBase
) -> PreTrainedModel:
    ids = {"pad_token_id": tokenizer.pad_token_id}
    if architecture == "roberta":
        ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
        return RobertaForMaskedLM(
            RobertaConfig(**sizes, **ids, **ends, max_position_embeddings=positions + 2, type_vocab_size=1)
        )
    if architecture == "xlm-roberta":
        return XLMRobertaForMaskedLM(
            XLMRobertaConfig(**sizes, **ids, max_position_embeddings=positions + 2, type_vocab_size=1)
        )
    if architecture in {"bert", "bert-no-pooler"}:
        config = BertConfig(**sizes, **ids, max_position_embeddings=positions)
        return BertForPreTraining(config) if architecture == "bert" else BertForMaskedLM(config)
    if architecture == "distilbert":
        return DistilBertForMaskedLM(
            DistilBertConfig(
                dim=HIDDEN, n_layers=sizes["num_hidden_layers"], n_heads=2, hidden_dim=64, vocab_size=VOCABULARY,
                initializer_range=0.2,
                max_position_embeddings=positions, **ids,
            )
        )  # fmt: skip
    if architecture == "electra":
        return ElectraForPreTraining(
            ElectraConfig(**sizes, **ids, embedding_size=HIDDEN, max_position_embeddings=positions)
        )
    ends = {
        "cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id,
        "bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id,
    }  # fmt: skip
    return ModernBertForMaskedLM(
        ModernBertConfig(**sizes, **ids, **ends, max_position_embeddings=positions, local_attention=8)
    )


def _word_pieces() -> PreTrainedTokenizerBase:
    # By hand: the WordPiece trainer breaks ties in hash order, so two sessions would get two vocabularies.
    words = sorted({word for text in CORPUS for word in text.lower().split()})
    letters = sorted({letter for word in words for letter in word} | set("abcdefghijklmnopqrstuvwxyz0123456789.,;?!-"))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *["##" + letter for letter in letters], *words]
    return BertTokenizerFast(vocab={piece: number for number, piece in enumerate(dict.fromkeys(pieces))})


def _roberta_bytes() -> PreTrainedTokenizerBase:
    learner = _learn_bytes(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    state = _model_of(learner)
    return RobertaTokenizerFast(vocab=state["vocab"], merges=[tuple(pair) for pair in state["merges"]])


def _modernbert_bytes() -> PreTrainedTokenizerBase:
    learner = _learn_bytes(["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"])
    learner.decoder = decoders.ByteLevel()
    ends = [(name, learner.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    learner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=learner, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def _unigrams() -> PreTrainedTokenizerBase:
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    learner = Tokenizer(models.Unigram())
    learner.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY - 1, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    learner.train_from_iterator(CORPUS, trainer)
    pieces = [tuple(piece) for piece in _model_of(learner)["vocab"]]
    return XLMRobertaTokenizerFast(vocab=[*pieces, ("<mask>", 0.0)])


def _learn_bytes(special: list[str]) -> Tokenizer:
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )  # fmt: skip
    learner.train_from_iterator(CORPUS, trainer)
    return learner


def _model_of(learner: Tokenizer) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(learner.to_str())["model"]
    return state


_TOKENIZERS = {
    "roberta": _roberta_bytes,
    "xlm-roberta": _unigrams,
    "bert": _word_pieces,
    "bert-no-pooler": _word_pieces,
    "distilbert": _word_pieces,
    "electra": _word_pieces,
    "modernbert": _modernbert_bytes,
}
