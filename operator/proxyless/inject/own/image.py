"""Image of the agent: the pod's annotations, else the settings."""

from proxyless.inject.image_type import of_type
from proxyless.inject.own.rendering import Rendering
from proxyless.mesh.pod import keys
from proxyless.model import forms


def add_image(work: Rendering) -> None:
    """An image annotation counts only if it is a whole reference; a type annotation changes the tag's suffix."""
    asked = work.pod.annotations.get(keys.PROXY_IMAGE, "")
    kind = work.pod.annotations.get(keys.PROXY_IMAGE_TYPE, "")
    if "/" in asked and not forms.IMAGE.fits(asked):
        work.warn(f"{keys.PROXY_IMAGE}: {asked[:60]!r} is no image reference, and does not count")
        asked = ""
    if kind and not forms.IMAGE.fits(of_type(work.settings.image, kind)):
        work.warn(f"{keys.PROXY_IMAGE_TYPE}: {kind[:40]!r} is no variant of an image, and does not count")
        kind = ""
    work.agent["image"] = asked if "/" in asked else of_type(work.settings.image, kind)
    if work.settings.image_pull_policy:
        work.agent["imagePullPolicy"] = work.settings.image_pull_policy
