"""How fast evidence is read, and in how much memory."""
