"""Measures and comparisons: what is counted, beside what documents state."""
