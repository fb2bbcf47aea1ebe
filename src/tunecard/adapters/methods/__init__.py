"""What each PEFT method is: its settings, name, paper and tensors. One file a method; nothing here needs torch."""
