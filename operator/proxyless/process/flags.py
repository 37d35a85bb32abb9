"""Flags of the long-running parts: each can be given as a variable, and its help names the default. Used by their options."""

import os
from argparse import ArgumentParser, ArgumentTypeError, _ArgumentGroup
from pathlib import Path
from typing import Any

_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_LAST_PORT = 65535


def flag(parser: ArgumentParser | _ArgumentGroup, name: str, default: object, words: str, **settings: Any) -> None:
    """Adds ``--name``, whose default is the variable ``PROXYLESS_NAME``, else ``default``; the help names the latter.

    Args:
        parser: where.
        name: without the dashes in front.
        default: may be empty, then ``words`` say what that means.
        words: help.
        settings: of argparse's ``add_argument``.
    """
    text = str(default)
    help_text = f"{words} ({text})" if text else words
    parser.add_argument(f"--{name}", default=env(_variable(name), text), help=help_text, **settings)


def switch(parser: ArgumentParser, name: str, words: str) -> None:
    """Adds ``--name`` without a value; the variable ``PROXYLESS_NAME=true`` says the same."""
    parser.add_argument(f"--{name}", action="store_true", default=env(_variable(name), "") == "true", help=words)


def env(name: str, default: str) -> str:
    """The variable ``PROXYLESS_NAME``."""
    return os.environ.get(f"PROXYLESS_{name}", default)


def own_namespace() -> str:
    """The pod's own namespace, outside a pod the one of the manifests."""
    try:
        return _ACCOUNT_NAMESPACE.read_text().strip() or "proxyless-system"
    except OSError:
        return "proxyless-system"


def tcp_port(text: str) -> int:
    """A TCP port, as argparse wants it."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LAST_PORT):
        raise ArgumentTypeError(f"{text} is no TCP port")
    return int(text)


def seconds(text: str) -> float:
    """A time of at most a day, as argparse wants it."""
    return number(text, 0.1, 86_400, "seconds")


def number(text: str, least: float, most: float, unit: str = "") -> float:
    """A number within limits, as argparse wants it."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise ArgumentTypeError(f"{text!r}: expected a number{unit and f' of {unit}'} from {least} to {most}")
    return value


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
