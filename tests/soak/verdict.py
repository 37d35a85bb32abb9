"""What a soak found, in words and as data, and whether that is good. Pure; called by ``soak.__main__``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SETTLES = 4.0
"""Seconds after a disturbance in which a pod may still be made without agent (it is told of all the same)."""


@dataclass
class Disturbance:
    """One of them: when, and what came of it until the next one."""

    what: str
    began: float
    ended: float
    created: int = 0
    failed: int = 0
    waited: int = 0
    lacking: int = 0
    slowest_ms: float = 0.0
    memory: list[int] = field(default_factory=list)
    """MiB of each replica at the end of it."""


@dataclass
class Outcome:
    """All that was counted."""

    seconds: float
    took: list[float]
    waited: int
    failed: Mapping[str, int]
    lacking: Mapping[str, float]
    told: set[str]
    disturbances: list[Disturbance]
    metrics: dict[str, float]

    def untold(self) -> list[str]:
        """Pods without agent that nobody tells of."""
        return sorted(set(self.lacking) - self.told)

    def unexplained(self) -> list[str]:
        """Pods without agent that were made while nothing was disturbed, and no disturbance had just ended."""
        return sorted(
            name
            for name, at in self.lacking.items()
            if not any(one.began - 1 <= at <= one.ended + SETTLES for one in self.disturbances)
        )

    def faults(self) -> list[str]:
        """Why this is not good; empty where it is."""
        found = [f"failed {number} times: {text}" for text, number in self.failed.items()]
        if not self.took:
            found.append("no pod was created")
        found += _some("has no agent, and nobody tells of it", self.untold(), self.lacking)
        found += _some("has no agent although nothing was disturbed then", self.unexplained(), self.lacking)
        if not self.told:
            found.append(
                "no pod without agent was told of, not even those made while all replicas were away: nothing is proven"
            )
        return found

    def data(self) -> dict[str, Any]:
        """For programs; times in seconds since the start."""
        took = sorted(self.took)
        return {
            "seconds": round(self.seconds, 1),
            "creates": len(took),
            "perSecond": round(len(took) / self.seconds, 1),
            "p50Ms": _part(took, 0.5),
            "p99Ms": _part(took, 0.99),
            "metNoApiServer": self.waited,
            "failed": sum(self.failed.values()),
            "withoutAgent": len(self.lacking),
            "told": len(self.told & set(self.lacking)),
            "metrics": self.metrics,
            "disturbances": [asdict(one) for one in self.disturbances],
            "faults": self.faults(),
        }

    def text(self) -> str:
        """For people."""
        data = self.data()
        lines = [
            f"{one.began:6.0f} s  {one.what} ({one.ended - one.began:.1f} s): {one.created} created, {one.failed} failed, {one.lacking} without agent, "
            f"{one.waited} met no API server, slowest {one.slowest_ms:.0f} ms; replicas {' and '.join(map(str, one.memory)) or 'none'} MiB"
            for one in self.disturbances
        ]
        lines += [
            "",
            f"creates           {data['creates']} in {data['seconds']:.0f} s, {data['perSecond']}/s",
            f"create, p50, p99  {data['p50Ms']} ms, {data['p99Ms']} ms",
            f"failed            {data['failed']}",
            f"without agent     {data['withoutAgent']}, told of {data['told']}",
            *(f"{name}  {value:.0f}" for name, value in self.metrics.items()),
            *self.faults(),
            "not held" if self.faults() else "held",
        ]
        return "\n".join(lines)


def _part(took: list[float], part: float) -> float:
    return round(1000 * took[int(len(took) * part)], 1) if took else 0.0


def _some(what: str, names: list[str], lacking: Mapping[str, float]) -> list[str]:
    """A line for each of the first ten, and how many more there are."""
    lines = [f"{name} {what} (asked for after {lacking[name]:.0f} s)" for name in names[:10]]
    return lines + ([f"and {len(names) - 10} more"] if names[10:] else [])
