"""The words that a card uses and a reader may not know, with how each figure is computed."""

from __future__ import annotations

METRICS = {
    "f1": (
        "harmonic mean of precision and recall over entities; an entity counts when its type, first and last word are "
        "all right (strict IOB2, seqeval's definition)."
    ),
    "precision": "of the entities it reports, the share that is right.",
    "recall": "of the entities in the text, the share it finds.",
    "accuracy": "share of rows (of words, for tags) with the right label.",
    "f1_conlleval": "the same by the CoNLL script's rule, which forgives an I- tag that opens an entity.",
    "macro_f1": "mean of the F1 of all classes, each weighing the same however rare it is.",
    "mcc": "correlation of true and predicted classes: 1 perfect, 0 no better than chance.",
    "ece": (
        "mean gap between the stated probability and the share that is right, over bins of equal size; for tags, over "
        "the predicted entities, whose probability is the lowest of their words'."
    ),
    "brier": "mean squared error of the class probabilities (of each word, for tags); lower is better.",
}
TERMS = {
    "95 % interval": "a range made so that 95 of 100 such ranges hold the true score, were test rows drawn again.",
    "Accuracy": "right labels / all labels.",
    "Baseline": "a predictor that a useful model must beat, scored on the same rows.",
    "Brier score": "mean over rows of the summed squared gaps between probabilities and the true class.",
    "conlleval": "the CoNLL shared tasks' scoring script and its rule for where an entity begins.",
    "Effective rank": "how many directions an update really uses: exp of the entropy of its singular values' shares.",
    "Expected calibration error": "mean of |confidence - accuracy| over bins of equal size.",
    "F1": "2 x precision x recall / (precision + recall).",
    "Frozen": "weights that training did not change.",
    "IOB2": "tags a word each: B- opens an entity, I- continues it, O is outside.",
    "kWh": "kilowatt-hour: 1,000 watts for one hour.",
    "Wh": "watt-hour: one watt for one hour; 1,000 Wh are 1 kWh.",
    "LoRA": "low-rank adaptation: W + (alpha / rank) x B x A, where only B and A are trained.",
    "Macro-F1": "mean over classes of the class's F1.",
    "Matthews correlation": "correlation coefficient of two labelings, for any number of classes.",
    "Paired difference": "both predictors scored on the same resampled rows, then subtracted.",
    "PEFT": "parameter-efficient fine-tuning, and the library of that name.",
    "Precision": "true positives / (true positives + false positives).",
    "Recall": "true positives / (true positives + false negatives).",
    "PUE": "power usage effectiveness: power of the whole data centre / power of its computers.",
    "sha256": "a fingerprint of a file's bytes; another file has another one.",
    "Strict": "an entity is right only when its type and both ends are.",
    "Support": "how many true rows or entities of a label stand behind a score.",
    "Token": "a piece of a word, as the tokenizer of the base cuts it.",
}
