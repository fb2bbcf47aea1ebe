"""Runs alone in a fresh process: stock peft and transformers load the adapter and print its logits as JSON.

Nothing of tunecard is imported here, so what this shows holds for every user of the two libraries.
"""

import json
import sys


def main(folder: str, base: str, revision: str, class_name: str, inputs_file: str) -> None:
    import torch
    import transformers
    from peft import PeftModel

    config = transformers.AutoConfig.from_pretrained(folder)
    arguments = {"revision": revision} if revision else {}
    model = getattr(transformers, class_name).from_pretrained(base, config=config, **arguments)
    model = PeftModel.from_pretrained(model, folder).eval()
    with open(inputs_file) as stream:
        batches = json.load(stream)
    logits = []
    with torch.inference_mode():
        for batch in batches:
            inputs = {name: torch.tensor([values]) for name, values in batch.items()}
            logits.append(model(**inputs).logits[0].tolist())
    labels = [config.id2label[position] for position in range(len(config.id2label))]
    json.dump({"logits": logits, "labels": labels, "peak_memory_bytes": peak_memory_bytes()}, sys.stdout)


def peak_memory_bytes() -> int | None:
    """High-water mark of this process; None where there is no /proc."""
    try:
        with open("/proc/self/status") as stream:
            return next(int(line.split()[1]) * 1024 for line in stream if line.startswith("VmHWM"))
    except OSError:
        return None


if __name__ == "__main__":
    main(*sys.argv[1:])
