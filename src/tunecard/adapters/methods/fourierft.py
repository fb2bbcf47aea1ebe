"""FourierFT: updates that are given by a few of their frequencies (Gao et al. 2024)."""

from __future__ import annotations

import math

from tunecard.adapters.methods.method import Layers, Method, Reference, Rule, Settings
from tunecard.adapters.methods.shared_settings import (
    TARGETS,
    adapted,
    at_most_weights,
    positive_number,
    smallest,
    whole_number,
)

# Paper, roberta-large: 1000 frequencies, scaling 69 to 121, rates 4.3e-2 to 8e-2 (heads 1e-3 to 1.1e-2). What a
# frequency adds to a weight is its scaling divided by the number of weights: other widths keep that.
OF_LARGE, LARGE = 100.0, 1024 * 1024


def _scaling(settings: Settings, layers: Layers) -> float:
    sizes = [math.prod(size) for size in adapted(settings, layers).values()]
    return round(OF_LARGE * min(sizes, default=LARGE) / LARGE, 3) or 0.001


FREQUENCIES = Rule("1000, or all of the smallest layer", lambda settings, layers: min(1000, smallest(settings, layers)))
SCALING = Rule("100 at a width of 1024, in proportion to the weights of the smallest layer", _scaling)

FOURIERFT = Method(
    name="fourierft",
    title="FourierFT",
    meaning="the update of a weight is the inverse Fourier transform of a matrix of which a few entries are learned.",
    reference=Reference(
        key="gao2024fourierft",
        authors="Gao, Ziqi and Wang, Qichao and Chen, Aochuan and Liu, Zijing and Wu, Bingzhe and "
        "Chen, Liang and Li, Jia",
        title="Parameter-Efficient Fine-Tuning with Discrete Fourier Transform",
        year="2024",
        arxiv="2405.03003",
    ),
    peft_type="FOURIERFT",
    settings=(
        TARGETS,
        whole_number("frequencies", "n_frequency", "Frequencies that learn", (1, 10_000_000), FREQUENCIES),
        positive_number("scaling", "scaling", "Scaling", SCALING),
    ),
    prefix="fourierft_",
    parts=("spectrum",),
    learning_rate=5e-2,
    head_learning_rate=2e-3,
    rate_from="its paper has 4.3e-2 to 8e-2 for roberta-large, heads 1e-3 to 1.1e-2",
    misfits=at_most_weights("frequencies"),
)
