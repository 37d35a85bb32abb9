"""The Kubernetes API: find a kind, list it, read one object, write a status. Imports ``kubernetes``, as nothing
but ``forward`` does beside it.

Synchronous and safe for several threads; asynchronous callers use ``asyncio.to_thread``. Bodies are plain JSON: the
client's generated models would cost memory and drop fields. Every failure is a ClusterError that says what is missing and
what to do. Nothing here decides when to call.
"""

import json
import os
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
from kubernetes import client, config

from proxyless.adapters.api_values import ApiCredentials, Listing, PagedListing, Served
from proxyless.adapters.refusal import reason, refused
from proxyless.errors import ClusterError
from proxyless.model.kinds import KINDS, api_kind
from proxyless.model.resource import Ref

MERGE = "application/merge-patch+json"
_CHUNK = 500
"""Objects of one page of a list: keeps single answers small for both sides."""
_TIMEOUT = urllib3.Timeout(connect=5, read=15)
_LIST_TIMEOUT = urllib3.Timeout(connect=5, read=60)
_RETRIES = urllib3.Retry(
    total=2,
    connect=2,
    read=1,
    redirect=0,
    status=0,
    other=0,
    backoff_factor=0.1,
    allowed_methods=(
        "GET",
        "PATCH",
        "PUT",
    ),  # ours name a resourceVersion: done twice they conflict, and are read afresh
)
_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def in_a_pod() -> bool:
    """Whether we run in a pod that has a ServiceAccount's token."""
    return (_ACCOUNT / "token").is_file()


class KubernetesApi:
    """One API server as one identity."""

    def __init__(self, configuration: Any) -> None:
        self._configuration = configuration
        self._client = client.ApiClient(configuration)
        self._pool: urllib3.PoolManager = self._client.rest_client.pool_manager
        self._served: dict[str, Served] = {}

    @classmethod
    def connect(cls, kubeconfig: str = "", context: str = "") -> "KubernetesApi":
        """Client by the given kubeconfig, else ``KUBECONFIG``, else the pod's ServiceAccount, else ``~/.kube/config``.

        Raises:
            ClusterError: there is none of these, or it cannot be read.
        """
        configuration = client.Configuration()
        file = kubeconfig or os.environ.get("KUBECONFIG", "")
        try:
            if not file and not context and in_a_pod():
                config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=file or None,
                    context=context or None,
                    client_configuration=configuration,
                    persist_config=False,
                )
        except (config.ConfigException, OSError, ValueError) as error:
            raise ClusterError(
                f"no access to a cluster: {error}. Set KUBECONFIG to a readable file with a current context, "
                "or run in a pod whose ServiceAccount token is mounted"
            ) from error
        return cls(configuration)

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._configuration.host)

    @property
    def configuration(self) -> Any:
        """Settings of the API client, for websockets."""
        return self._configuration

    def connection(self) -> ApiCredentials:
        """Address and credentials as they are now; tokens are read anew where they rotate."""
        settings = self._configuration.auth_settings().get("BearerToken") or {}
        return ApiCredentials(
            server=self.server,
            ca_path=self._configuration.ssl_ca_cert,
            certificate_path=self._configuration.cert_file,
            key_path=self._configuration.key_file,
            authorization=settings.get("value"),
            verify=bool(self._configuration.verify_ssl),
        )

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    # -- kinds --------------------------------------------------------------------------------------------------

    def served(self, kind: str) -> Served | None:
        """How a kind is served, in the preferred version that has it; None where it is not. Kept once found."""
        if kind not in self._served:
            found = self._discover(kind)
            if found is None:
                return None
            self._served[kind] = found
        return self._served[kind]

    def forget(self, kind: str) -> None:
        """Look a kind up anew next time: its CRD may have gone or changed its versions."""
        self._served.pop(kind, None)

    def _discover(self, kind: str) -> Served | None:
        group, wanted = KINDS[kind].group, api_kind(kind)
        for version in self._versions(group):
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            for entry in self._found(path).get("resources", ()):
                if entry.get("kind") == wanted and "/" not in entry["name"] and "list" in entry.get("verbs", ()):
                    return Served(group, version, entry["name"], bool(entry["namespaced"]))
        return None

    def _versions(self, group: str) -> list[str]:
        """Versions of a group, the preferred one first."""
        if not group:
            return ["v1"]
        answer = self._found(f"/apis/{group}")
        versions = [entry["version"] for entry in answer.get("versions", ())]
        preferred = answer.get("preferredVersion", {}).get("version")
        return sorted(versions, key=lambda version: version != preferred)

    def _found(self, path: str) -> dict[str, Any]:
        """An answer, empty where there is nothing at the path."""
        try:
            answer: dict[str, Any] = self.request("GET", path)
        except ClusterError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return {}
            raise
        return answer

    # -- objects ------------------------------------------------------------------------------------------------

    def list(self, kind: str, namespace: str = "") -> Listing:
        """All objects of a kind, read in pages.

        Raises:
            ClusterError: status 404 where the kind is not served, 403 where it may not be listed, 0 without an answer.
        """
        paged = self.in_pages(kind, namespace)
        return Listing(list(paged.bodies), paged.version)

    def in_pages(self, kind: str, namespace: str = "") -> PagedListing:
        """The same for who keeps less of each object: the first page is read at once, each other one when it is needed.

        Raises:
            ClusterError: as :meth:`list`.
        """
        served = self._need(kind)
        pages = self._pages(served, namespace)
        first = next(pages)
        version = str(first.get("metadata", {}).get("resourceVersion", ""))  # all pages are of one moment
        api_version = f"{served.group}/{served.version}" if served.group else served.version
        found = _bodies(chain((first,), pages), {"apiVersion": api_version, "kind": api_kind(kind)})
        return PagedListing(found, int(version) if version.isdigit() else 0)

    def _pages(self, served: Served, namespace: str) -> Iterator[dict[str, Any]]:
        path, token = served.path(namespace), ""
        while True:
            query = {"limit": str(_CHUNK), **({"continue": token} if token else {})}
            page: dict[str, Any] = self.request("GET", path, query=query, timeout=_LIST_TIMEOUT)
            token = page.get("metadata", {}).get("continue") or ""
            yield page
            del page  # before the next one is read
            if not token:
                return

    def get(self, ref: Ref) -> dict[str, Any]:
        """One object. Raises ClusterError, status 404 where it does not exist."""
        answer: dict[str, Any] = self.request("GET", self._need(ref.kind).path(ref.namespace, ref.name))
        return answer

    def patch_status(self, ref: Ref, status: Mapping[str, Any], *, version: str) -> dict[str, Any]:
        """Write fields of ``status``, and only if the object is still at this resourceVersion.

        Raises:
            ClusterError: status 409 where it has changed meanwhile, 404 where it is gone.
        """
        body = {"metadata": {"resourceVersion": version}, "status": dict(status)}
        path = self._need(ref.kind).path(ref.namespace, ref.name, "status")
        answer: dict[str, Any] = self.request("PATCH", path, body, content=MERGE)
        return answer

    def _need(self, kind: str) -> Served:
        served = self.served(kind)
        if served is None:
            group = KINDS[kind].group
            raise ClusterError(
                f"the cluster has no {kind}: the CRD of API group {group or 'core'} is not installed",
                status=HTTPStatus.NOT_FOUND,
            )
        return served

    # -- HTTP ---------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",
        timeout: urllib3.Timeout = _TIMEOUT,
    ) -> Any:
        """One request, JSON in and out (text where the answer is none).

        Raises:
            ClusterError: any status from 400 up, or no answer (status 0).
        """
        headers = {"Accept": "application/json", "User-Agent": "proxyless"}
        if body is not None:
            headers["Content-Type"] = content
        if authorization := self.connection().authorization:
            headers["authorization"] = authorization
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body)
        try:
            answer = self._pool.request(method, url, body=data, headers=headers, timeout=timeout, retries=_RETRIES)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ClusterError(f"no answer from {self.server} ({reason(error)}); is the API server up?") from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise refused(method, path, int(answer.status), answer.data)
        return orjson.loads(answer.data) if "json" in answer.headers.get("Content-Type", "") else answer.data.decode()


def _bodies(pages: Iterator[dict[str, Any]], usual: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Objects of the pages; each is forgotten here once it is handed out. Lists of built-in kinds leave out what ``usual`` says."""
    for page in pages:
        items = page.get("items") or []
        del page
        items.reverse()
        while items:
            yield {**usual, **items.pop()}
