"""Variants of the agent's image. Called by ``own.image`` and, for what a mesh says of it, by ``adapters.effective_settings``."""

_TYPES = ("distroless", "debug")


def of_type(image: str, kind: str) -> str:
    """The image in another variant, ``default`` for none. An image by digest, or without a tag, stays as it is."""
    name, colon, tag = image.rpartition(":")
    if not kind or not colon or "/" in tag or "@" in image:
        return image
    for known in _TYPES:
        tag = tag.removesuffix(f"-{known}")
    return f"{name}:{tag}" if kind == "default" else f"{name}:{tag}-{kind}"
