"""Each variant of the prompt, from real failures, answered by whoever plays the model."""
