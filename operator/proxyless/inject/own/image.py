"""Image of the agent: the pod's annotations, else the settings."""

from proxyless.inject import keys
from proxyless.inject.own.rendering import Rendering

_TYPES = ("distroless", "debug")


def add_image(work: Rendering) -> None:
    """An image annotation counts only if it is a whole reference; a type annotation changes the tag's suffix."""
    asked = work.pod.annotations.get(keys.PROXY_IMAGE, "")
    kind = work.pod.annotations.get(keys.PROXY_IMAGE_TYPE, "")
    work.agent["image"] = asked if "/" in asked else of_type(work.settings.image, kind)
    if work.settings.image_pull_policy:
        work.agent["imagePullPolicy"] = work.settings.image_pull_policy


def of_type(image: str, kind: str) -> str:
    """The image in another variant, ``default`` for none. An image by digest, or without a tag, stays as it is."""
    name, colon, tag = image.rpartition(":")
    if not kind or not colon or "/" in tag or "@" in image:
        return image
    for known in _TYPES:
        tag = tag.removesuffix(f"-{known}")
    return f"{name}:{tag}" if kind == "default" else f"{name}:{tag}-{kind}"
