"""Every encoder that the installed transformers has, as a tiny random shape: what tests over all of them share."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PretrainedConfig
from transformers.models.auto import modeling_auto as auto

HIDDEN, VOCABULARY, POSITIONS, PAD = 64, 120, 64, 1  # heads of 16, as kernels take them
# The same few sizes under the names that configs give them.
_SIZES: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "dim", "d_model", "emb_dim", "true_hidden_size", "pooler_hidden_size"), HIDDEN),
    **dict.fromkeys(("num_attention_heads", "num_key_value_heads", "n_heads", "n_head"), 4),
    **dict.fromkeys(("num_hidden_layers", "n_layers", "n_layer"), 3),
    **dict.fromkeys(("intermediate_size", "hidden_dim", "d_inner"), 48),
    **dict.fromkeys(("pronunciation_vocab_size", "shape_vocab_size", "entity_vocab_size"), 20),
    "head_dim": 16, "max_position_embeddings": POSITIONS + 2, "type_vocab_size": 2,
}  # fmt: skip
_DROPOUTS = (
    "hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "seq_classif_dropout",
    "hidden_dropout", "classifier_dropout", "classifier_dropout_prob", "mlp_dropout", "embedding_dropout",
    "activation_dropout", "summary_last_dropout", "summary_first_dropout",
)  # fmt: skip
# Sums of many embeddings, and norms before them: wide draws there leave fp32 little to tell rows apart with.
_NARROW: dict[str, Any] = {"initializer_range": 0.05}
# What follows from no name: sizes that depend on each other, and settings without which a model computes nothing.
_OWN: dict[str, dict[str, Any]] = {
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "electra": {"embedding_size": 24},
    "esm": {"mask_token_id": 4, **_NARROW},
    "funnel": {"num_hidden_layers": None, "block_sizes": [1, 1, 1], "d_head": 16},
    "layoutlm": _NARROW,
    "longformer": {"attention_window": [8, 8, 8]},
    "luke": {"entity_emb_size": 16},
    "mobilebert": {"embedding_size": HIDDEN, "intra_bottleneck_size": HIDDEN},
    "modernbert": {"num_hidden_layers": 4, "local_attention": 8, "global_attn_every_n_layers": 2},
    "roc_bert": _NARROW,
    "squeezebert": {"embedding_size": HIDDEN},
    "xlm-roberta-xl": _NARROW,
    "xmod": {"default_language": "en_XX"},
}


def encoder_names() -> list[str]:
    """Model types with a head for texts and one for words that learned to fill masks; those that see images left out."""
    heads = (
        auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
        auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        auto.MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES,
    )
    names = sorted(set(heads[0]).intersection(*heads[1:]))
    return [name for name in names if not hasattr(AutoConfig.for_model(name), "vision_config")]


def tiny_config(name: str, **changed: Any) -> PretrainedConfig:
    """A small config of a model type: no dropout, weights drawn wide, so that an untouched path cannot hide."""
    usual = AutoConfig.for_model(name)
    sizes = {key: size for key, size in _SIZES.items() if type(getattr(usual, key, None)) is int}
    dropouts = {key: 0.0 for key in _DROPOUTS if isinstance(getattr(usual, key, None), float)}
    wide = {"initializer_range": 0.1} if hasattr(usual, "initializer_range") else {}
    ids = {key: 2 + place for place, key in enumerate(("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"))}
    given = {**sizes, **dropouts, **wide, **ids, "vocab_size": VOCABULARY, "pad_token_id": PAD}
    merged = {**given, **_OWN.get(name, {}), **changed}
    return AutoConfig.for_model(name, **{key: value for key, value in merged.items() if value is not None})
