"""What is said about a compose file: what is wrong, what is done otherwise, and what was decided."""

from dataclasses import dataclass, field

from moorage.model.later import filled, keys_in
from moorage.model.problems import Problems

from .nodes import Node


@dataclass(slots=True)
class Report:
    """Everything that is said about the files, each thing once."""

    problems: Problems
    """What cannot be: it ends the program."""
    warnings: dict[str, None] = field(default_factory=dict[str, None])
    """What is not as the file says."""
    notes: dict[str, None] = field(default_factory=dict[str, None])
    """What was decided where the file leaves it open."""

    def refuse(self, node: Node, path: str, text: str) -> None:
        """Say that the value at `path` cannot be, and what to do."""
        if isinstance(node.value, dict | list) or node.value is None:
            self.problems.say(f"{node.where}: {path}", text)
        else:
            value = node.value
            if isinstance(value, str):
                # As it is written, where the value of a variable is not known yet.
                value = filled(value, {key: f"${{{key}}}" for key in keys_in(value)})
            self.problems.add(f"{node.where}: {path}", value, text)

    def warn(self, node: Node, path: str, text: str) -> None:
        """Say that the value at `path` is not honoured, or not wholly, and why."""
        self.warnings[f"{node.where}: {path}: {text}"] = None

    def note(self, node: Node, path: str, text: str) -> None:
        """Say what was decided for `path`."""
        self.notes[f"{node.where}: {path}: {text}"] = None
