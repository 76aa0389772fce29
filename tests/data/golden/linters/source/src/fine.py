"""Nothing to find."""
