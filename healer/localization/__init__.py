"""Where the fault may be, by program alone: rankers, their combination, and the code worth reading."""
