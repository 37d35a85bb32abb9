"""``proxyless version-of`` as a user runs it: what it prints goes into other commands and into pods."""

import json
import sys
from importlib.metadata import version
from pathlib import Path

from cli.command import proxyless

SITE = next(path for path in sys.path if path.endswith("site-packages"))
PYTHON = f"python={version('grpcio')}"


def test_text_begins_with_what_lint_takes() -> None:
    done = proxyless("version-of", SITE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{PYTHON}  {SITE}: grpcio-")
    client = done.stdout.split()[0]
    assert proxyless("lint", "--client", client, "-", stdin="").returncode == 3


def test_json_has_the_annotations_of_a_pod() -> None:
    (found,) = json.loads(proxyless("version-of", "--format", "json", SITE).stdout)
    assert (found["client"], found["xds"]) == (PYTHON, True)
    assert found["annotations"] == {
        "proxyless.dev/framework": "grpc",
        "proxyless.dev/language": "python",
        "proxyless.dev/grpc-version": version("grpcio"),
    }


def test_nothing_found_and_nothing_to_read(tmp_path: Path) -> None:
    empty = proxyless("version-of", str(tmp_path))
    assert (empty.returncode, empty.stdout) == (3, "")
    assert "no gRPC library found" in empty.stderr
    missing = proxyless("version-of", str(tmp_path / "none"), SITE)
    assert missing.returncode == 2
    assert "none: cannot be read: No such file or directory\n" in missing.stderr
    assert missing.stdout.startswith(PYTHON)
