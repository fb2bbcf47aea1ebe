"""Runs alone in a fresh process: stock peft and transformers load the adapter and print its logits as JSON.

Nothing of tunecard is imported here, so what this shows holds for every user of the two libraries.
"""

import json
import os
import sys
from typing import Any

GROWS = "with its own tokens"


def main(folder: str, base: str, revision: str, class_name: str, inputs_file: str, grows: str = "") -> None:
    import torch
    import transformers
    from peft import PeftModel

    is_apart = not os.path.isfile(os.path.join(folder, "config.json"))  # as of a model without a head
    config = transformers.AutoConfig.from_pretrained(os.path.join(folder, "encoder") if is_apart else folder)
    arguments = {"revision": revision} if revision else {}
    model = getattr(transformers, class_name).from_pretrained(base, config=config, **arguments)
    if grows == GROWS:
        model.resize_token_embeddings(len(transformers.AutoTokenizer.from_pretrained(folder)))
    model = PeftModel.from_pretrained(model, folder).eval()
    with open(inputs_file) as stream:
        batches = json.load(stream)
    logits = []
    with torch.inference_mode():
        for batch in batches:
            logits.append(values_of(model, {name: torch.tensor(values) for name, values in batch.items()}, class_name))
    labels = [config.id2label[position] for position in range(len(config.id2label))]
    json.dump({"logits": logits, "labels": labels, "peak_memory_bytes": peak_memory_bytes()}, sys.stdout)


def values_of(model: Any, inputs: dict[str, Any], class_name: str) -> Any:
    """What the model says of a row: of one sequence (inputs of one dimension), or of several padded to the longest."""
    import torch

    sequences = {name: values.reshape(-1, values.shape[-1]) for name, values in inputs.items() if values.dim()}
    is_real = sequences["attention_mask"].bool()
    # What is asked of each sequence besides its tokens, such as a task.
    asked = {name: value.expand(len(is_real)) for name, value in inputs.items() if not value.dim()}
    if class_name.endswith("ForMultipleChoice"):
        rows = {name: values[None] for name, values in sequences.items()}
        return model(**rows, **asked).logits[0][:, None].tolist()
    output = model(**sequences, **asked)
    if "last_hidden_state" in output:
        states = output.last_hidden_state[:, -is_real.shape[1] :]
        vectors = [state[real].mean(dim=0) for state, real in zip(states, is_real, strict=True)]
        return torch.stack(vectors).tolist() if inputs["attention_mask"].dim() > 1 else vectors[0].tolist()
    if "start_logits" in output:
        values = torch.stack([output.start_logits, output.end_logits], dim=-1)
    else:
        values = output.logits
    if values.dim() > 2:  # without a learned prompt's own
        values = values[:, -is_real.shape[1] :]
    if inputs["attention_mask"].dim() == 1:
        return values[0].tolist()
    return (values[is_real] if values.dim() > 2 else values).tolist()


def peak_memory_bytes() -> int | None:
    """High-water mark of this process; None where there is no /proc."""
    try:
        with open("/proc/self/status") as stream:
            return next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmHWM"))
    except OSError:
        return None


if __name__ == "__main__":
    main(*sys.argv[1:])
