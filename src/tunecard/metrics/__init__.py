"""Arrays to numbers: scores and their intervals. Knows neither files, findings nor models."""
