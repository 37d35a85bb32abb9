"""Parses arguments that several commands take; errors say what to write."""

from argparse import ArgumentParser, ArgumentTypeError

from proxyless.errors import InputError
from proxyless.model.client import Client, Language, parse_client, parse_language
from proxyless.model.version import Version

_LAST_PORT = 65535


def version_argument(text: str) -> Version:
    """A release, ``1.31`` or ``1.31.2``."""
    try:
        return Version.parse(text)
    except InputError as error:
        raise ArgumentTypeError(error.message) from error


def client_argument(text: str) -> Client:
    """A library, ``python=1.85.1``, ``go``, ``dubbo-java=3.2.0``."""
    try:
        return parse_client(text)
    except InputError as error:
        raise ArgumentTypeError(error.message) from error


def language_argument(text: str) -> Language:
    """A language by its name."""
    try:
        return parse_language(text)
    except InputError as error:
        raise ArgumentTypeError(error.message) from error


def port_argument(text: str) -> int:
    """A port's number."""
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is no port number; write one from 1 to {_LAST_PORT}")
    return int(text)


def jobs_argument(text: str) -> int:
    """A number of processes."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is no number of processes; write 1 or more")
    return int(text)


def cluster_arguments(parser: ArgumentParser) -> None:
    """``--cluster`` and how it is reached."""
    add = parser.add_argument
    add("--cluster", action="store_true", help="read the cluster as it is now; files are judged as if applied to it")
    add("--kubeconfig", default="", metavar="FILE", help="default: KUBECONFIG, the pod's own account, ~/.kube/config")
    add("--context", default="", metavar="NAME", help="context of the kubeconfig; default: the current one")


def check_sources(parser: ArgumentParser, *, paths: bool, cluster: bool, address: bool) -> None:
    """End with a usage error where nothing is to be read, or a cluster is described and not asked for."""
    if not (paths or cluster):
        parser.error("nothing to read: give files or folders, - for standard input, or --cluster")
    if address and not cluster:
        parser.error("--kubeconfig and --context say which cluster: add --cluster to read it")
