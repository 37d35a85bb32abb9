"""Image pull secrets for the agent's image."""

from proxyless.inject.own.rendering import Rendering


def add_pull_secrets(work: Rendering) -> None:
    """Those of the settings that the pod does not name yet."""
    there = [secret.get("name") for secret in work.pod.pull_secrets]
    work.pull_secrets.extend(name for name in work.settings.image_pull_secrets if name not in there)
    work.patch.append(("spec", "imagePullSecrets"), [{"name": name} for name in work.pull_secrets])
