"""``proxyless export admission``: rules and injection as admission policies, which the API server enforces by itself."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proxyless.cli import exits
from proxyless.errors import InputError
from proxyless.export.bindings import DENY, USUAL, WARN, Label, chosen
from proxyless.export.delegation import never
from proxyless.export.documents import MUTATING_APIS, File, mutating_file, unknown, validating_file
from proxyless.export.mesh_owner import MeshOwner
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings

_MADE = "Made by `proxyless export admission`"
_ACTIONS = {"deny": DENY, "warn": WARN, "audit": ("Audit",)}
_WIDTH = 120


def arguments(parser: ArgumentParser) -> None:
    """What to export, for which namespaces, and where to."""
    add = parser.add_argument
    add("what", choices=("admission",), help="what to export: admission policies of the API server")
    add(
        "--namespace-label",
        type=_label,
        metavar="KEY=VALUE",
        help="namespaces where the policies hold (default: by the labels that the webhook goes by)",
    )
    add(
        "--action",
        choices=tuple(_ACTIONS),
        help="what follows in namespaces with --namespace-label (default: deny)",
    )
    add("--rules", default="", metavar="CODES", help="only these, separated by commas; PX6* stands for several")
    add(
        "--mesh",
        default="",
        metavar="FILE",
        help="file or folder with your ProxylessMesh: its exceptions, its enforcement of rules and its injection are written in",
    )
    add("--only", choices=("validating", "mutating"), help="only one kind of policies")
    add(
        "--mutating-api",
        choices=MUTATING_APIS,
        default="v1",
        help="version of the API of MutatingAdmissionPolicies: v1beta1 where the API server does not serve v1 (default: v1)",
    )
    add(
        "--revision",
        metavar="NAME",
        help="Istio's revision whose injector gets the pods (default: the mesh's, else default)",
    )
    add("-o", "--output", default="", metavar="PATH", help="file, or folder for a kustomization (default: print)")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Write the policies."""
    given = parser.parse_args(argv)
    if given.action and given.namespace_label is None:
        parser.error("--action needs --namespace-label: the usual labels say what follows")
    codes = [code.strip() for code in given.rules.split(",") if code.strip()]
    if wrong := unknown(codes):
        parser.error(f"no rule {', '.join(wrong)}; `proxyless rules` lists all")
    if codes and given.only == "mutating":
        parser.error("--rules chooses among validating policies, and --only mutating writes none")
    _write(_files(given, codes), given.output)
    return exits.CLEAN


def _files(given: Namespace, codes: Sequence[str]) -> list[File]:
    label: Label | None = given.namespace_label
    places = USUAL if label is None else chosen(label, _ACTIONS[given.action or "deny"])
    owner, settings = _mesh(given.mesh) if given.mesh else (MeshOwner(), InjectionSettings())
    files = []
    if given.only != "mutating":
        files.append(validating_file(codes, places, owner))
    if given.only == "mutating" or not (given.only or codes):
        told = settings if given.revision is None else replace(settings, revision=given.revision)
        if reason := never(told):
            print(f"note: no policy of injection is written, since no pod is delegated: {reason}", file=sys.stderr)
        else:
            files.append(mutating_file(given.mutating_api, label, told))
    return files


def _mesh(path: str) -> tuple[MeshOwner, InjectionSettings]:
    """What the ProxylessMesh says that stands there.

    Raises:
        InputError: there is none, it cannot be used, or it says what policies cannot carry.
    """
    from proxyless.adapters import policies  # noqa: PLC0415  only for this option
    from proxyless.adapters.files import read_paths  # noqa: PLC0415

    reading = read_paths([path])
    for problem in reading.problems:
        raise problem
    found = policies.read(reading.snapshot)
    for wrong in found.problems:
        raise InputError(wrong.message, where=path)
    if found.mesh is None:
        raise InputError("holds no ProxylessMesh", where=path)
    usual = MeshSettings()
    told = policies.settings_from(found, usual)
    if (told.root_namespace, told.domain) != (usual.root_namespace, usual.domain):
        raise InputError(
            f"policies are written for the root namespace {usual.root_namespace} and the domain {usual.domain} alone",
            where=path,
        )
    exemptions = tuple(item for item in policies.exemptions_from(found) if item.by_owner)
    owner = MeshOwner(policies.enforcement_from(found), exemptions, datetime.now(UTC))
    return owner, policies.injection_settings_from(found, InjectionSettings())


def _write(files: Sequence[File], output: str) -> None:
    if not output:
        sys.stdout.write("---\n".join(map(text, files)))
        return
    path = Path(output)
    try:
        if not (path.is_dir() or output.endswith("/")):
            path.write_text("---\n".join(map(text, files)), encoding="utf-8")
            return
        path.mkdir(parents=True, exist_ok=True)
        for file in files:
            (path / file.name).write_text(text(file), encoding="utf-8")
        (path / "kustomization.yaml").write_text(kustomization(files), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=output) from error


def text(file: File) -> str:
    """A file as YAML; expressions stand as they are, line by line."""
    head = "\n".join(f"# {line}" for line in (f"{_MADE}.", *file.head))
    return f"{head}\n" + "---\n".join(_dumped(document) for document in file.documents)


def kustomization(files: Sequence[File]) -> str:
    """The component that holds them."""
    names = "".join(f"  - {file.name}\n" for file in files)
    return (
        f"# {_MADE}: admission policies, beside the product or without it.\n"
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n" + names
    )


def _dumped(document: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415  only for this output

    class Dumper(yaml.SafeDumper):
        """Writes long texts as blocks."""

    def scalar(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = "|" if "\n" in value else ">" if len(value) > _WIDTH else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, scalar)
    return yaml.dump(document, Dumper=Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)


def _label(text: str) -> Label:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ArgumentTypeError(f"{text!r} is no label; write KEY=VALUE")
    return Label(key, value)
