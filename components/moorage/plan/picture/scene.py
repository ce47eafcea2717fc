"""Elements of a picture: boxes with texts, and lines, in pixels."""

from dataclasses import dataclass, field, replace

from .measure import fit

SIZES = {"title": 13.0, "text": 12.0, "small": 10.5}
"""Font sizes by style; titles are bold."""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its baseline."""

    x: float
    y: float
    text: str
    style: str = "text"
    """A key of SIZES."""
    tone: str = "ink"
    """`ink`, `muted` or `warn`."""
    anchor: str = "start"
    halo: bool = False
    """True if its letters are separated from lines behind it."""

    @classmethod
    def fitted(
        cls, x: float, y: float, text: str, room: float, style: str = "text", tone: str = "ink"
    ) -> "Text":
        """Return a text cut to at most `room` pixels."""
        return cls(x, y, fit(text, SIZES[style], room, bold=style == "title"), style, tone)


@dataclass(frozen=True, slots=True)
class Square:
    """A task; with `extra` one that scaling can add."""

    x: float
    y: float
    extra: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its content."""

    kind: str
    """The style: `frame`, `cluster`, `lane`, `entry`, `service`, `job`, `data` or `warn`."""
    width: float
    height: float
    title: str
    """The description for tooltips and screen readers."""
    texts: tuple[Text, ...] = ()
    icon: str = ""
    icon_at: tuple[float, float] = (0, 0)
    squares: tuple[Square, ...] = ()
    urn: str = ""
    """The URN of its resource; empty for a group."""
    x: float = 0
    y: float = 0

    def at(self, x: float, y: float) -> "Box":
        """Return a box of the origin, with its content, at another place."""
        return replace(
            self,
            x=x,
            y=y,
            texts=tuple(replace(text, x=x + text.x, y=y + text.y) for text in self.texts),
            squares=tuple(replace(square, x=x + square.x, y=y + square.y) for square in self.squares),
            icon_at=(x + self.icon_at[0], y + self.icon_at[1]),
        )

    @property
    def right(self) -> float:
        """Return its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Return its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Return the height of its center."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Line:
    """An orthogonal line, with an arrow at its end."""

    points: tuple[tuple[float, float], ...]
    kind: str
    """`traffic`, `task`, `execution` or `warn`."""
    title: str
    label: Text | None = None
    dot: tuple[float, float] | None = None
    """The point where it joins another line."""


@dataclass(slots=True)
class Scene:
    """A picture; boxes that contain others come first."""

    title: str
    description: str
    width: float = 0
    height: float = 0
    boxes: list[Box] = field(default_factory=list[Box])
    lines: list[Line] = field(default_factory=list[Line])
    legend: list[Text] = field(default_factory=list[Text])
    legend_lines: list[Line] = field(default_factory=list[Line])
    legend_squares: list[Square] = field(default_factory=list[Square])

    def frame(self, margin: float) -> None:
        """Set the size to contain all elements."""
        self.width = max(box.right for box in self.boxes) + margin
        self.height = max(box.bottom for box in self.boxes) + margin
