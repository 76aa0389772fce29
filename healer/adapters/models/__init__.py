"""Models behind their endpoints: one bounded, budgeted exchange, two wire formats, several ways to prove who asks."""
