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
        peft: what PEFT calls it: a type, a field of `LoraConfig`, a value of `init_lora_weights`, an optimizer; "" where
            PEFT has none.
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


NO_METHODS = (
    NoMethod("adaption_prompt", "Llama-Adapter", "PEFT has it for decoders alone", "ADAPTION_PROMPT"),
    NoMethod("cpt", "CPT", "PEFT has it for decoders alone", "CPT"),
    NoMethod("shadow", "Shadow", "PEFT's shadow model reads layers of decoders alone", "SHADOW"),
    NoMethod(
        "trainable_tokens", "Trainable tokens", "as a method of its own PEFT trains no head with it", "TRAINABLE_TOKENS",
        "Type adapter.trainable_token_indices or adapter.new_tokens beside lora.",
    ),
    NoMethod(
        "xlora", "X-LoRA", "it mixes adapters that lie in other folders, and is not whole without them", "XLORA",
    ),
    NoMethod(
        "qalora", "QA-LoRA", "PEFT has it for layers quantised by GPTQ alone; on all others its flag changes nothing", "use_qalora",
        "Type adapter.method=lora with training.base_weights=nf4.",
    ),
    NoMethod(
        "velora", "VeLoRA", "what it ships is LoRA's own update, learned by a coarser gradient to save memory", "velora_config", "Type adapter.method=lora.",
    ),
    NoMethod(
        "monteclora", "MonteCLoRA", "what it ships is LoRA's own update; beside it PEFT saves the state of its sampler, "
        "which stock PEFT does not read back", "monteclora_config", "Type adapter.method=lora.",
    ),
    NoMethod(
        "bdlora", "BD-LoRA", "its blocks are there to serve adapters from several GPUs, and which layers have them "
        "depends on how those share a model", "use_bdlora", "Type adapter.method=lora.",
    ),
    NoMethod(
        "arrow", "Arrow", "it routes between adapters that lie in other folders, and learns nothing itself", "arrow_config",
    ),
    NoMethod(
        "alora", "aLoRA", "it acts on tokens behind a spoken invocation, which saves what a decoder has cached; an "
        "encoder reads all tokens at once", "alora_invocation_tokens", "Type adapter.method=lora.",
    ),
    NoMethod(
        "riemannian", "Riemannian preconditioned LoRA", "its optimizer was not tried here", "create_riemannian_optimizer",
        "Type adapter.method=lora-plus or lora-fa, whose optimizers were.",
    ),
    NoMethod("gaussian", "LoRA with a Gaussian start", "it is LoRA with another random A", "gaussian",
             "Type adapter.method=lora."),
    NoMethod("orthogonal", "LoRA with an orthogonal start", "it is LoRA with random factors that are orthogonal, and was "
             "not tried here", "orthogonal", "Type adapter.method=olora, which is orthogonal to the weight's own columns."),
    NoMethod("qlora", "QLoRA", "it is LoRA on a base in nf4", "",
             "Type adapter.method=lora with training.base_weights=nf4."),
    NoMethod("bitfit", "BitFit", "PEFT has no type of it", "",
             "Type adapter.method=lora with adapter.bias=all, or adapter.method=beft."),
    NoMethod("adapters", "Bottleneck adapters", "PEFT has no layers between layers for encoders", "",
             "Type adapter.method=lora."),
)  # fmt: skip
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
