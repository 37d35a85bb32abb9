"""Writes a changed text into the file that it was read from. Called by ``lint --fix``.

The file is replaced in one step, so that nobody reads half of it, and only if it still holds what was read. Encoding, byte order
mark, owner, permissions and symbolic links stay. A file that is read-only, or has a second name (a hard link), is left alone.
"""

import os
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from proxyless.errors import InputError

_ENCODINGS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be"))

_WRITABLE = 0o222


def rewrite(name: str, before: str, after: str) -> None:
    """Replace a file's text.

    Args:
        name: of the file.
        before: its text as it was read, without a byte order mark.
        after: what it is to be.

    Raises:
        InputError: it changed since it was read, or cannot be written.
    """
    path = Path(os.path.realpath(name))
    try:
        data = path.read_bytes()
        mark, encoding = next((item for item in _ENCODINGS if data.startswith(item[0])), (b"", "utf-8"))
        if data != mark + before.encode(encoding):
            raise InputError("the file changed since it was read, nothing was written to it; run again", where=name)
        was = path.stat()
        if not was.st_mode & _WRITABLE or not os.access(path, os.W_OK):
            raise InputError("the file is read-only; make it writable, or fix it where it is made", where=name)
        if was.st_nlink > 1:
            raise InputError(
                "the file has a second name (a hard link), which would be cut off; change it by hand", where=name
            )
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as made:
            try:
                made.write(mark + after.encode(encoding))
                made.flush()
                if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                    with suppress(PermissionError):  # a member of the group that may write to it gets it as its own
                        os.chown(made.name, was.st_uid, was.st_gid)
                Path(made.name).chmod(was.st_mode & 0o7777)
                Path(made.name).replace(path)
            except BaseException:
                Path(made.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror}); the fix needs a writable file in a writable folder", where=name
        ) from error
