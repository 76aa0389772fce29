"""What jobs hand to each other: a proposal to be tried, a verdict on it; versioned, and trusted by nobody."""
