"""How far a whole run has come, so that one that was interrupted goes on where it stopped. Called by `run`.

Kept beside the built parts, not in the repository: it is about this machine's last run, not about what was measured.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from lab.parts import cache

FILE = cache() / "matrix-run.json"


class Progress:
    """Cases and libraries that are done, as ``case with go 1.85.0``; a run that ends forgets them."""

    def __init__(self, file: Path = FILE) -> None:
        """What an interrupted run left, or nothing; a file that cannot be read counts as nothing."""
        self._file = file
        try:
            found = json.loads(file.read_text())
            self.started, self.done = str(found["started"]), set(map(str, found["done"]))
        except (OSError, ValueError, KeyError, TypeError):
            self.forget()

    def add(self, names: Iterable[str]) -> None:
        """Remember more."""
        self.done |= set(names)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps({"started": self.started, "done": sorted(self.done)}))

    def forget(self) -> None:
        """The next run starts anew."""
        self.started, self.done = datetime.now(UTC).isoformat(timespec="minutes"), set[str]()
        self._file.unlink(missing_ok=True)
