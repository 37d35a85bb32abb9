"""Rows of the table that no case measures, each with its reason. A test holds that every other row has a case."""

EXCUSED: dict[str, str] = {}
