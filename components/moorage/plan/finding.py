"""What a check has to say of a resource."""

from dataclasses import dataclass

ERROR = "error"
"""It cannot work, or AWS refuses it: the plan fails."""
WARNING = "warning"
"""It works, and somebody should know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found."""

    rule: str
    """Which rule: `preflight/...` in words, or a control's id such as `ECS.5`."""
    severity: str
    """`error` or `warning`."""
    resource: str
    """The resource's URN."""
    message: str
    """What is wrong, with the value."""
    fix: str
    """What to do, with the argument to change."""
