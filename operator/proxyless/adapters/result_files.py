"""Writes a result to a file. Called by the command line."""

from pathlib import Path

from proxyless.errors import InputError


def write_result(name: str, text: str) -> None:
    """Write UTF-8 text to a file, and replace what was there.

    Raises:
        InputError: it cannot be written; says why.
    """
    try:
        Path(name).write_bytes(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(
            f"the result cannot be written ({why}); name a file in a writable folder", where=name
        ) from error
