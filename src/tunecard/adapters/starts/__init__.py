"""How variants of LoRA begin: from the frozen weights, or from what training rows make of them. One file each."""
