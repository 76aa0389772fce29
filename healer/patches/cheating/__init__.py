"""Changes that make a test pass without repairing the code: small detectors that reject or flag, with reasons."""
