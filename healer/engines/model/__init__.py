"""The engine that asks a language model: one prompt from the real context, one change in return."""
