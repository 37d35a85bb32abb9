"""Formats findings for each front door: text, JSON, admission warnings, conditions. Pure functions, no I/O."""
