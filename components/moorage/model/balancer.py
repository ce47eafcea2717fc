"""A load balancer's arguments with every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .arguments import whole
from .presets import DEFAULT_PRESET, PRESETS

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
EVERYBODY = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class BalancerSpec:
    """A load balancer, every choice made."""

    preset: str
    internal: bool
    allowed_cidrs: tuple[str, ...]
    record_type: str
    tls_policy: str
    idle_timeout: int
    """Seconds."""
    access_logs: bool
    waf: bool


def balancer_spec(args: Mapping[str, Any]) -> BalancerSpec:
    """Return the load balancer that the arguments describe, which were checked before."""
    preset = args.get("preset", DEFAULT_PRESET)
    return BalancerSpec(
        preset=preset,
        internal=bool(args.get("internal", False)),
        allowed_cidrs=tuple(args.get("allowed_cidrs", (EVERYBODY,))),
        record_type=args.get("record_type", "alias"),
        tls_policy=args.get("tls_policy", TLS_POLICY),
        idle_timeout=whole(args.get("idle_timeout"), 60),
        access_logs=bool(args.get("access_logs", PRESETS[preset].access_logs)),
        waf=bool(args.get("waf", False)),
    )
