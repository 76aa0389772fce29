"""Every kind of damage done to real edits, and who still places them: `python -m bench.patches`."""
