"""One training by several processes: rank 0 decides everything, the others compute their share of each step."""
