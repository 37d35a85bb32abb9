"""The limit: aiohttp with TLS, the review parsed, a patch that was made before. ``python bare_aiohttp.py PORT CERT KEY PATCH-FILE``."""

import base64
import json
import ssl
import sys
from pathlib import Path

from aiohttp import web

PORT, CERT, KEY, PATCH = sys.argv[1:]
ENCODED = base64.b64encode(Path(PATCH).read_bytes()).decode()


async def inject(request: web.Request) -> web.Response:
    review = json.loads(await request.read())
    answer = {"uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch", "patch": ENCODED}
    return web.json_response({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer})


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)
app = web.Application()
app.router.add_post("/inject", inject)
web.run_app(app, host="127.0.0.1", port=int(PORT), ssl_context=context, access_log=None, print=None)
