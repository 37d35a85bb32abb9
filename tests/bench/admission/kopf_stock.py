"""Kopf as it comes: its own WebhookServer, the patch set on its ``patch``. The patched pod is given, so that no time goes
into making it. ``python kopf_stock.py PORT CERT KEY PATCHED-POD-FILE``, with KUBECONFIG.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import kopf

PORT, CERT, KEY, PATCHED = sys.argv[1:]
WANTED = json.loads(Path(PATCHED).read_text())


@kopf.on.startup()
async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    settings.admission.server = kopf.WebhookServer(addr="127.0.0.1", port=int(PORT), certfile=CERT, pkeyfile=KEY)
    settings.posting.enabled = False


@kopf.on.mutate("", "v1", "pods", id="inject", operations=["CREATE"])
async def inject(patch: kopf.Patch, **_: Any) -> None:
    patch.metadata.labels.update(WANTED["metadata"]["labels"])
    patch.metadata.annotations.update(WANTED["metadata"]["annotations"])
    patch.spec.update(WANTED["spec"])


logging.getLogger("kopf.objects").setLevel(logging.WARNING)
kopf.run(standalone=True, clusterwide=True)
