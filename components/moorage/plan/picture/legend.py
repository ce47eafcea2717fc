"""What the signs of a picture mean: only those that it has."""

from .measure import width
from .scene import SIZES, Line, Scene, Square, Text

_LINES = (
    ("traffic", "requests"),
    ("task", "may use, by its task role"),
    ("execution", "ECS reads it to start a task (execution role)"),
    ("warn", "allowed more than one resource"),
)
_SAMPLE = 34.0
_GAP = 22.0


def add_legend(scene: Scene, margin: float) -> None:
    """Put a legend below everything, in as many lines as it needs."""
    squares = [square for box in scene.boxes for square in box.squares]
    x, y = margin, scene.height + 8
    right = max(scene.width - margin, 420)

    def place(room: float, text: str) -> tuple[float, float]:
        nonlocal x, y
        needed = room + width(text, SIZES["small"])
        if x > margin and x + needed > right:
            x, y = margin, y + 20
        at = (x, y)
        scene.legend.append(Text(x + room, y + 10, text, "small", "muted"))
        x += needed + _GAP
        return at

    for extra, text in ((False, "a task, spread as ECS would"), (True, "a task that scaling may add")):
        if any(square.extra is extra for square in squares):
            at = place(20, text)
            scene.legend_squares.append(Square(at[0], at[1], extra))
    for kind, text in _LINES:
        if any(line.kind == kind for line in scene.lines):
            at = place(_SAMPLE + 8, text)
            points = ((at[0], at[1] + 6), (at[0] + _SAMPLE, at[1] + 6))
            scene.legend_lines.append(Line(points, kind, text))
    if scene.legend:
        scene.height = y + 12 + margin
        scene.width = max(
            scene.width, max(each.x + width(each.text, SIZES["small"]) for each in scene.legend) + margin
        )
