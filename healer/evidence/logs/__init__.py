"""Printed output, a module per tool: the failing test cases and counts in what a run left on a terminal."""
