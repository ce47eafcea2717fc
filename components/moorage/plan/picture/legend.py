"""Legend of the symbols that a picture has."""

from .measure import width
from .scene import SIZES, Line, Scene, Square, Text

_LINES = (
    ("traffic", "requests"),
    ("task", "permission of a task role"),
    ("execution", "read by ECS at task start (execution role)"),
    ("warn", "permission for more than one resource"),
)
_SAMPLE = 34.0
_GAP = 22.0


def add_legend(scene: Scene, margin: float) -> None:
    """Add the legend below the picture."""
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

    for extra, text in ((False, "a task, spread across zones by ECS"), (True, "a task that scaling can add")):
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
