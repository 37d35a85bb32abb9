"""``proxyless lsp`` by a client over stdio: findings while typing, hovers, fixes as code actions, and its end."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from child import running
from cli.command import PROXYLESS

ROUTES = """\
# é
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shop}
spec:
  hosts: [echo.shop.svc.cluster.local]
  http:
  - match: [{headers: {X-User: {exact: a}}}]
    route: [{destination: {host: echo.shop.svc.cluster.local}}]
    mirror: {host: next.shop.svc.cluster.local}
  - route: [{destination: {host: echo.shop.svc.cluster.local}}]"""
PERMISSIVE = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
"""


class Client:
    """An editor, as far as the protocol goes."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process = process
        self._number = 0
        self._diagnostics: dict[tuple[str, int | None], list[dict[str, Any]]] = {}
        self.offered = self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})[
            "capabilities"
        ]
        self.tell("initialized", {})

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while (answer := self._read()).get("id") != number:
            self._keep(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def diagnostics(self, file: Path, version: int | None = None) -> list[dict[str, Any]]:
        """What is published for a version of a file."""
        while (file.as_uri(), version) not in self._diagnostics:
            self._keep(self._read())
        return self._diagnostics[file.as_uri(), version]

    def end(self) -> int:
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self._process.wait(60)

    def _keep(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            told = message["params"]
            self._diagnostics[told["uri"], told.get("version")] = told["diagnostics"]

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the server ended"
        found: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return found


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "routes.yaml").write_text(ROUTES)
    (tmp_path / "peer.yaml").write_text(PERMISSIVE)
    command = [PROXYLESS, "lsp", "--assume-proxyless", "--client", "go=1.66.3"]
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        made = Client(process, tmp_path)
        yield made
        assert made.end() == 0


def codes(diagnostics: list[dict[str, Any]]) -> list[str]:
    return sorted(item["code"] for item in diagnostics)


def opened(client: Client, file: Path) -> dict[str, str]:
    document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": file.read_text()}
    client.tell("textDocument/didOpen", {"textDocument": document})
    return {"uri": file.as_uri()}


def test_the_whole_folder_is_judged_while_one_types(client: Client, tmp_path: Path) -> None:
    routes, peer = tmp_path / "routes.yaml", tmp_path / "peer.yaml"
    assert codes(client.diagnostics(peer)) == ["PX301"]
    document = opened(client, routes)
    found = client.diagnostics(routes, 1)
    assert codes(found) == ["PX502", "PX524"]
    mirror = next(item for item in found if item["code"] == "PX502")
    assert mirror["range"]["start"] == {"line": 9, "character": 4}
    assert mirror["source"] == "proxyless"
    typed = ROUTES.replace("X-User", "x-user")
    client.tell(
        "textDocument/didChange",
        {"textDocument": {**document, "version": 2}, "contentChanges": [{"text": typed}]},
    )
    assert codes(client.diagnostics(routes, 2)) == ["PX502"], "the text of the editor counts, not the file"
    client.tell(
        "textDocument/didChange",
        {"textDocument": {**document, "version": 3}, "contentChanges": [{"text": "apiVersion: v1\nkind: Pod\na: [\n"}]},
    )
    [problem] = client.diagnostics(routes, 3)
    assert "code" not in problem
    assert problem["severity"] == 1


def test_hover_shows_the_page_of_the_rule(client: Client, tmp_path: Path) -> None:
    document = opened(client, tmp_path / "routes.yaml")
    shown = client.ask("textDocument/hover", {"textDocument": document, "position": {"line": 9, "character": 6}})
    assert "# PX502 mirror" in shown["contents"]["value"]
    assert "gRPC clients do not mirror" in shown["contents"]["value"]
    nothing = client.ask("textDocument/hover", {"textDocument": document, "position": {"line": 0, "character": 0}})
    assert nothing is None


def applied(text: str, action: dict[str, Any], uri: str) -> str:
    """A text with the edit of an action, as an editor makes it; positions are at starts of lines here, or at the end."""
    [edit] = action["edit"]["changes"][uri]
    lines = text.split("\n")
    first, last = edit["range"]["start"]["line"], edit["range"]["end"]
    rest = [lines[last["line"]][last["character"] :], *lines[last["line"] + 1 :]]
    return "".join(f"{line}\n" for line in lines[:first]) + edit["newText"] + "\n".join(rest)


def asked(document: dict[str, str], line: int, **context: Any) -> dict[str, Any]:
    place = {"line": line, "character": 0}
    return {
        "textDocument": document,
        "range": {"start": place, "end": place},
        "context": {"diagnostics": [], **context},
    }


def test_fixes_are_code_actions(client: Client, tmp_path: Path) -> None:
    document = opened(client, tmp_path / "routes.yaml")
    [safe] = client.ask("textDocument/codeAction", asked(document, 7))
    assert safe["isPreferred"]
    assert applied(ROUTES, safe, document["uri"]) == ROUTES.replace("X-User", "x-user")
    [unsafe] = client.ask("textDocument/codeAction", asked(document, 9))
    assert not unsafe["isPreferred"]
    assert unsafe["title"].endswith("(unsafe: look at it)")
    assert applied(ROUTES, unsafe, document["uri"]) == ROUTES.replace(
        "    mirror: {host: next.shop.svc.cluster.local}\n", ""
    )
    [every] = client.ask("textDocument/codeAction", asked(document, 0, only=["source.fixAll"]))
    assert every["kind"] == "source.fixAll.proxyless"
    assert applied(ROUTES, every, document["uri"]) == ROUTES.replace("X-User", "x-user")
    assert client.ask("textDocument/codeAction", asked(document, 0)) == []


def test_what_is_offered(client: Client) -> None:
    assert client.offered["hoverProvider"]
    assert client.offered["codeActionProvider"]["codeActionKinds"] == ["quickfix", "source.fixAll.proxyless"]


def test_the_configuration_of_the_folder_and_comments_count(client: Client, tmp_path: Path) -> None:
    routes, peer = tmp_path / "routes.yaml", tmp_path / "peer.yaml"
    assert codes(client.diagnostics(peer)) == ["PX301"]
    (tmp_path / "proxyless.yaml").write_text("ignore: [PX301]\n")
    excused = ROUTES.replace(
        "next.shop.svc.cluster.local}", "next.shop.svc.cluster.local} # proxyless: ignore PX502=later"
    )
    routes.write_text(excused)
    opened(client, routes)
    assert codes(client.diagnostics(routes, 1)) == ["PX524"]
    assert client.diagnostics(peer) == []
    (tmp_path / "proxyless.yaml").write_text("ignor: [PX301]\n")
    document = {"uri": routes.as_uri(), "version": 2}
    client.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": ROUTES}]})
    assert codes(client.diagnostics(routes, 2)) == ["PX502", "PX524"]
    [problem] = client.diagnostics(tmp_path / "proxyless.yaml")
    assert "ignor" in problem["message"]
