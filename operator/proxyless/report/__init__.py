"""Findings in the words of each front door: text, JSON, admission warnings, conditions. Pure functions, no I/O."""
