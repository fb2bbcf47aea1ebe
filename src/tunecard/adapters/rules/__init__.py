"""What methods add to each step: a part of the loss, and what is done after it. One file each."""
