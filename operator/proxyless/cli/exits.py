"""Exit codes of ``proxyless``; the table in docs/commands.md."""

CLEAN = 0
"""Nothing found at or above the threshold."""
FINDINGS = 1
USAGE = 2
"""Wrong arguments, input that cannot be read, or a result that cannot be written. Wins over findings: the answer is not whole."""
NOTHING_READ = 3
"""No object was read at all, so "clean" would say nothing."""
INTERNAL = 4
"""A defect of ours. Wins over everything; what could be said was said."""
INTERRUPTED = 130
"""Ctrl-C, as shells have it."""
PIPE_CLOSED = 141
"""The reader of standard output went away, as shells have it."""
