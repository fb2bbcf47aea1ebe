"""TF-IDF beside scikit-learn's own pipeline, written out here."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline

from tunecard.fitting import text_features
from tunecard.fitting.choosing import Examples, choose
from tunecard.fitting.linear_models import classes
from tunecard.fitting.text_features import TextFeatures

TEXTS = [
    f"{subject} {verb} {thing}"
    for subject in ("the card", "my transfer", "a top up")
    for verb in ("was late", "failed", "is pending")
    for thing in ("today", "in Berlin", "again and again")
]
LABELS = np.array([place // 9 for place in range(27)])
OTHERS = ["the card in Rome", "transfers pending", "why did my top up fail ?", "zzz"]


def reference(c: float):
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    union = FeatureUnion([("words", words), ("characters", characters)])
    return make_pipeline(union, LogisticRegression(C=c, max_iter=300))


def test_features_and_answers_are_those_of_scikit_learns_pipeline():
    pipeline = reference(10.0).fit(TEXTS, LABELS)
    features = TextFeatures({"text": TEXTS}, outputs=3)
    np.testing.assert_allclose(features({"text": OTHERS}).toarray(), pipeline[0].transform(OTHERS).toarray(), atol=1e-6)
    learned = Examples({"x": features({"text": TEXTS})}, LABELS, np.arange(27))
    chosen = choose(classes((10.0,)), learned, learned)
    found = chosen.model.predict_proba(features({"text": OTHERS}))
    np.testing.assert_allclose(found, pipeline.predict_proba(OTHERS), atol=1e-3)
    assert chosen.predict({"x": features({"text": OTHERS})}).tolist() == pipeline.predict(OTHERS).tolist()


def test_rows_that_are_learned_from_are_counted_once_and_come_out_to_the_last_bit(monkeypatch: pytest.MonkeyPatch):
    counted = []
    count = CountVectorizer._count_vocab

    def counting(self, texts, fixed_vocab):
        counted.append(len(texts))
        return count(self, texts, fixed_vocab)

    monkeypatch.setattr(CountVectorizer, "_count_vocab", counting)
    features = TextFeatures({"text": TEXTS}, outputs=3)
    assert counted == [len(TEXTS)] * 2  # a block of words, one of characters
    again = features({"text": TEXTS})
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32)
    for found in (features.learned, again):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(
            found.toarray()[:, -len(vectorizer.fit(TEXTS).vocabulary_) :], vectorizer.transform(TEXTS).toarray()
        )
    np.testing.assert_array_equal(features.learned.toarray(), again.toarray())


def test_two_texts_are_blocks_side_by_side():
    pair = {"text": TEXTS, "text_pair": [text.upper() + " ok" for text in TEXTS]}
    both = TextFeatures(pair, outputs=3)(pair).toarray()
    alone = [TextFeatures({"text": texts}, 3)({"text": texts}).toarray() for texts in pair.values()]
    np.testing.assert_array_equal(both, np.concatenate(alone, axis=1))


def test_many_classes_leave_fewer_features(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(text_features, "MAX_COEFFICIENTS", 60)
    features = TextFeatures({"text": TEXTS}, outputs=3)({"text": TEXTS})
    assert features.shape[1] == 2 * 20


def test_a_block_that_finds_nothing_is_left_out_and_no_block_is_an_error():
    letters = ["a b", "b c", "c"]  # no word of two letters
    assert TextFeatures({"text": letters}, 2)({"text": letters}).shape[0] == 3
    with pytest.raises(ValueError, match="no words and no characters"):
        TextFeatures({"text": ["", " "]}, 2)
