"""Arguments that several commands take, from text to values, with errors that say what to write."""

from argparse import ArgumentTypeError

from proxyless.errors import InputError
from proxyless.model.version import Client, Language, Version, parse_client, parse_language


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
