"""Rendering of a picture as SVG."""

from collections.abc import Mapping
from html import escape
from importlib.resources import files

from moorage.graph import View

from .icons import ICONS
from .layout import Layout
from .scene import Box, Line, Scene, Square, Text

_LINES = {"traffic": "traffic", "task": "use", "execution": "start", "warn": "wide"}
_TONES = {"ink": "", "muted": " muted", "warn": " warning"}
_TIP = 6.0


def style() -> str:
    """Return the style sheet of the picture, scoped to the class `mp`."""
    return files(__package__ or "").joinpath("picture.css").read_text("utf-8")


def svg(view: View) -> str:
    """Return the picture of a stack as a self-contained SVG file, for light and dark mode."""
    return render(Layout(view).run(), own_style=True)


def render(scene: Scene, *, links: Mapping[str, str] | None = None, own_style: bool = False) -> str:
    """Return a picture as SVG.

    Args:
        scene: the picture.
        links: the anchors of the page by URN.
        own_style: include the style sheet, for a picture outside the page.
    """
    role = "group" if links else "img"
    extent = f"{_n(scene.width)} {_n(scene.height)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mp" viewBox="0 0 {extent}" '
        f'{_size(scene.width, scene.height)} role="{role}" '
        'aria-labelledby="drawing-title drawing-description">',
        f'<title id="drawing-title">{text(scene.title)}</title>',
        f'<desc id="drawing-description">{text(scene.description)}</desc>',
    ]
    if own_style:
        parts.append(f"<style>{style()}</style>")
    frames = [box for box in scene.boxes if box.kind in ("frame", "lane", "cluster")]
    parts += [_box(box, links or {}) for box in frames]
    parts += [_line(line) for line in scene.lines]
    parts += [_box(box, links or {}) for box in scene.boxes if box not in frames]
    parts += [_line(line) for line in scene.legend_lines]
    parts += [_square(square) for square in scene.legend_squares]
    parts += [_text(item) for item in scene.legend]
    return "\n".join([*parts, "</svg>"])


def _box(box: Box, links: Mapping[str, str]) -> str:
    place = f"{_at(box.x, box.y)} {_size(box.width, box.height)}"
    inner = f'<title>{text(box.title)}</title><rect class="b" {place}/>'
    if box.icon:
        x, y = box.icon_at
        inner += f'<g class="icon" transform="translate({_n(x)} {_n(y)})">{ICONS[box.icon]}</g>'
    inner += "".join(_square(square) for square in box.squares)
    inner += "".join(_text(item) for item in box.texts)
    group = f'<g class="box {box.kind}">{inner}</g>'
    target = links.get(box.urn)
    return f'<a href="#{target}" aria-label="{text(box.title)}">{group}</a>' if target else group


def _square(square: Square) -> str:
    kind = "task extra" if square.extra else "task"
    return f'<rect class="{kind}" {_at(square.x, square.y)} width="12" height="12" rx="2"/>'


def _text(item: Text) -> str:
    anchor = "" if item.anchor == "start" else f' text-anchor="{item.anchor}"'
    label = " label" if item.halo else ""
    kind = f"{item.style}{_TONES[item.tone]}{label}"
    return f'<text class="{kind}" {_at(item.x, item.y)}{anchor}>{text(item.text)}</text>'


def _line(line: Line) -> str:
    points = [point for i, point in enumerate(line.points) if i == 0 or point != line.points[i - 1]]
    (x0, y0), (x1, y1) = points[-2:]
    along = (x1 - x0 > 0) - (x1 - x0 < 0), (y1 - y0 > 0) - (y1 - y0 < 0)
    stop = (x1 - along[0] * _TIP, y1 - along[1] * _TIP)
    path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in [*points[:-1], stop])
    side = (along[1] * _TIP * 0.6, along[0] * _TIP * 0.6)
    tip = [(x1, y1), (stop[0] + side[0], stop[1] + side[1]), (stop[0] - side[0], stop[1] - side[1])]
    inner = f'<title>{text(line.title)}</title><path d="{path}"/>'
    inner += f'<path class="tip" d="M{"L".join(f"{_n(x)} {_n(y)}" for x, y in tip)}Z"/>'
    if line.dot:
        inner += f'<circle cx="{_n(line.dot[0])}" cy="{_n(line.dot[1])}" r="2.6"/>'
    if line.label:
        inner += _text(line.label)
    return f'<g class="line {_LINES[line.kind]}">{inner}</g>'


def text(value: str) -> str:
    """Return an escaped text for HTML and XML, without control characters that XML forbids."""
    printable = (letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in value)
    return escape("".join(printable))


def _at(x: float, y: float) -> str:
    return f'x="{_n(x)}" y="{_n(y)}"'


def _size(width: float, height: float) -> str:
    return f'width="{_n(width)}" height="{_n(height)}"'


def _n(value: float) -> str:
    """Return a number with at most one decimal place."""
    return f"{round(value, 1):g}"
