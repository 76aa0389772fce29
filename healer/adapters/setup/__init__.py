"""Doing what a plan says: finding Pythons and tools, making environments in the sandbox, keeping them for later."""
