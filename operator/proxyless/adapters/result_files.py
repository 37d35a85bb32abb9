"""Writes results to files, and reads what an earlier run wrote. Called by the command line."""

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


def read_result(name: str) -> str:
    """Text that an earlier run wrote.

    Raises:
        InputError: it cannot be read; says what to do.
    """
    try:
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError("there is no such baseline; make it with --write-baseline", where=name) from error
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"cannot be read: {why}", where=name) from error
