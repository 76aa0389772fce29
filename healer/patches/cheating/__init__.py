"""Changes that make a test pass without repairing the code: small detectors, each rejecting or flagging, with reasons."""
