"""WaveFT: updates that are given by a few of their wavelets (Bilican et al. 2025)."""

from __future__ import annotations

from tunecard.adapters.methods.method import Method, Reference, Rule
from tunecard.adapters.methods.shared_settings import TARGETS, at_most_weights, positive_number, smallest, whole_number

COEFFICIENTS = Rule(
    "2592, or all of the smallest layer", lambda settings, layers: min(2592, smallest(settings, layers))
)

WAVEFT = Method(
    name="waveft",
    title="WaveFT",
    meaning="the update of a weight is the inverse wavelet transform of a matrix of which a few entries are learned.",
    reference=Reference(
        key="bilican2025waveft",
        authors="Bilican, Ahmet and Yılmaz, M. Akın and Tekalp, A. Murat and Cinbiş, R. Gökberk",  # noqa: RUF001 - his name
        title="Exploring Sparsity for Parameter Efficient Fine Tuning Using Wavelets",
        year="2025",
        arxiv="2505.12532",
    ),
    peft_type="WAVEFT",
    settings=(
        TARGETS,
        whole_number("coefficients", "n_frequency", "Coefficients that learn", (1, 10_000_000), COEFFICIENTS),
        positive_number("scaling", "scaling", "Scaling", 25.0),
    ),
    prefix="waveft_",
    parts=("spectrum",),
    misfits=at_most_weights("coefficients"),
)
