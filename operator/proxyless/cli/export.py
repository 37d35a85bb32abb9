"""``proxyless export admission``: rules and injection as admission policies, which the API server enforces by itself."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from proxyless.cli import exits
from proxyless.errors import InputError
from proxyless.export.bindings import DENY, USUAL, WARN, Label, chosen
from proxyless.export.documents import MUTATING_APIS, File, mutating_file, unknown, validating_file
from proxyless.inject.settings import InjectionSettings

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
    add("--only", choices=("validating", "mutating"), help="only one kind of policies")
    add(
        "--mutating-api",
        choices=MUTATING_APIS,
        default="v1",
        help="version of the API of MutatingAdmissionPolicies: v1beta1 where the API server does not serve v1 (default: v1)",
    )
    add("--revision", default="default", metavar="NAME", help="Istio's revision whose injector gets the pods (default)")
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
    files = []
    if given.only != "mutating":
        files.append(validating_file(codes, places))
    if given.only == "mutating" or not (given.only or codes):
        files.append(mutating_file(given.mutating_api, label, InjectionSettings(revision=given.revision)))
    return files


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
