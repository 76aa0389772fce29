"""Seeded regressions in published packages with their own suites: what the benchmarks measure on."""
