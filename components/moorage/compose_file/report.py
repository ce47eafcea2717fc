"""The problems, warnings and notes on a compose file."""

from dataclasses import dataclass, field

from moorage.model.later import filled, keys_in
from moorage.model.problems import Problems

from .nodes import Node


@dataclass(slots=True)
class Report:
    """Everything to report on the files, without duplicates."""

    problems: Problems
    """Errors, which end the program."""
    warnings: dict[str, None] = field(default_factory=dict[str, None])
    """Settings that are not, or not fully, honoured."""
    notes: dict[str, None] = field(default_factory=dict[str, None])
    """Decisions that the file leaves open."""

    def refuse(self, node: Node, path: str, text: str) -> None:
        """Refuse the value at `path`; `text` says what is allowed and what to do."""
        if isinstance(node.value, dict | list) or node.value is None:
            self.problems.say(f"{node.where}: {path}", text)
        else:
            value = node.value
            if isinstance(value, str):
                # As written, if the value of a variable is not known yet.
                value = filled(value, {key: f"${{{key}}}" for key in keys_in(value)})
            self.problems.add(f"{node.where}: {path}", value, text)

    def warn(self, node: Node, path: str, text: str) -> None:
        """Warn that the value at `path` is not, or not fully, honoured."""
        self.warnings[f"{node.where}: {path}: {text}"] = None

    def note(self, node: Node, path: str, text: str) -> None:
        """Note a decision for `path`."""
        self.notes[f"{node.where}: {path}: {text}"] = None
