"""What people ask for, or PEFT has, and is no method here: each by the names that it goes by, with the reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoMethod:
    """Something that is no method.

    Attributes:
        name: as somebody would type it.
        title: as its authors write it.
        why: half a sentence.
        peft: what PEFT calls it: a type, a field of `LoraConfig`, a value of its `init_lora_weights`, an optimizer; ""
            where PEFT has none.
        instead: what to type in its place, as a sentence; "" where nothing stands in.
    """

    name: str
    title: str
    why: str
    peft: str = ""
    instead: str = ""

    @property
    def told(self) -> str:
        """The reason, and what to type."""
        return f"{self.why}.{' ' if self.instead else ''}{self.instead}"


OF_DECODERS = "PEFT has it for decoders alone"
PLAIN = "Type adapter.method=lora."
IN_NF4 = "Type adapter.method=lora with training.base_weights=nf4."
NO_METHODS = (
    NoMethod("adaption_prompt", "Llama-Adapter", OF_DECODERS, "ADAPTION_PROMPT"),
    NoMethod("cpt", "CPT", OF_DECODERS, "CPT"),
    NoMethod("shadow", "Shadow", "PEFT's shadow model reads layers of decoders alone", "SHADOW"),
    NoMethod(
        "trainable_tokens",
        "Trainable tokens",
        "as a method of its own PEFT trains no head with it",
        "TRAINABLE_TOKENS",
        "Type adapter.trainable_token_indices or adapter.new_tokens beside lora.",
    ),
    NoMethod("xlora", "X-LoRA", "it mixes adapters that lie in other folders, and is not whole without them", "XLORA"),
    NoMethod(
        "qalora",
        "QA-LoRA",
        "PEFT has it for layers quantised by GPTQ alone; on all others its flag changes nothing",
        "use_qalora",
        IN_NF4,
    ),
    NoMethod(
        "velora",
        "VeLoRA",
        "what it ships is LoRA's own update, learned by a coarser gradient to save memory",
        "velora_config",
        PLAIN,
    ),
    NoMethod(
        "monteclora",
        "MonteCLoRA",
        "what it ships is LoRA's own update; the state of its sampler, which PEFT saves beside it, no answer reads",
        "monteclora_config",
        PLAIN,
    ),
    NoMethod(
        "bdlora",
        "BD-LoRA",
        "its blocks are there to serve adapters from several GPUs, and which layers have them depends on how those "
        "share a model",
        "use_bdlora",
        PLAIN,
    ),
    NoMethod(
        "arrow",
        "Arrow",
        "it routes between adapters that lie in other folders, and learns nothing itself",
        "arrow_config",
    ),
    NoMethod(
        "alora",
        "aLoRA",
        "it acts on what follows an invocation, which spares what a decoder has cached; an encoder reads all tokens at "
        "once",
        "alora_invocation_tokens",
        PLAIN,
    ),
    NoMethod(
        "riemannian",
        "Riemannian preconditioned LoRA",
        "its optimizer was not tried here",
        "create_riemannian_optimizer",
        "Type adapter.method=lora-plus or lora-fa, whose optimizers were.",
    ),
    NoMethod("gaussian", "LoRA with a Gaussian start", "it is LoRA with another random A", "gaussian", PLAIN),
    NoMethod(
        "orthogonal",
        "LoRA with an orthogonal start",
        "it is LoRA with another random start",
        "orthogonal",
        "Type adapter.method=lora, or olora, which begins from an orthonormal basis of each weight.",
    ),
    NoMethod("qlora", "QLoRA", "it is LoRA on a base in nf4", "", IN_NF4),
    NoMethod(
        "bitfit",
        "BitFit",
        "PEFT has no type of it",
        "",
        "Type adapter.method=lora with adapter.bias=all, or adapter.method=beft.",
    ),
    NoMethod("adapters", "Bottleneck adapters", "PEFT has no layers between layers of encoders", "", PLAIN),
)
TYPES = {one.peft: one for one in NO_METHODS if one.peft.isupper()}


def why_no_method(name: str) -> str | None:
    """Why something of that name is no method, and what to type; None where nothing is known of it.

    >>> why_no_method("Q-LoRA")
    'QLoRA is no method here: it is LoRA on a base in nf4. Type adapter.method=lora with training.base_weights=nf4.'
    >>> why_no_method("lora2")
    """
    asked = _plain(name)
    found = next((one for one in NO_METHODS if asked in {_plain(one.name), _plain(one.title), _plain(one.peft)}), None)
    return f"{found.title} is no method here: {found.told}" if found and asked else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
