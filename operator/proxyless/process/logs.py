"""Logs on stderr, as one JSON object per line or as text. Called by ``process.running`` before anything else."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from proxyless.process.options import JSON

LEAST = {
    "aiohttp.access": logging.WARNING,
    "urllib3": logging.ERROR,  # each try of a request; the caller reports what lasts
    "kopf.activities": logging.CRITICAL,  # each try to log in; /readyz tells
    "kopf.objects": logging.WARNING,  # one line for each event and two for each review
    "kopf._core.reactor.running": logging.ERROR,  # says at each start that signals do not reach a thread: they need not
    "kopf._cogs.clients.watching": logging.CRITICAL,  # each retry of each stream; what lasts ends the run and is told
}
"""Least level of loggers of libraries, whatever the level of ours."""


class JsonLines(logging.Formatter):
    """Time, level, logger and message; the traceback where there is one."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str, form: str) -> None:
    """Replace whatever handlers there are. ``form``: one of ``process.options``."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLines() if form == JSON else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in LEAST.items():
        logging.getLogger(name).setLevel(least)
