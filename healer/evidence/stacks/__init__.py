"""How each language writes its stack frames: one line in, what it says out."""
