"""How each language writes the exception that a trace is of: its type and what it says."""
