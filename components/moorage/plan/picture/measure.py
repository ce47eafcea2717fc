"""Text widths without a browser: those of DejaVu Sans, wider than other common system fonts."""

_WIDTHS = {
    **dict.fromkeys("ijl", 0.28),
    **dict.fromkeys(" .,:;'|!·", 0.34),
    **dict.fromkeys('-()[]/\\"frtI', 0.41),
    **dict.fromkeys("abcdeghknopquvxyz0123456789s_?$*=JFEL", 0.64),
    **dict.fromkeys("ABCDGHKNOPQRSTUVXYZ&+<>#~^", 0.84),
    **dict.fromkeys("mwMW%@—…→\N{MULTIPLICATION SIGN}", 1.0),
}
_OTHER = 1.05
_BOLD = 1.12


def width(text: str, size: float, bold: bool = False) -> float:
    """Return the maximum width of a text in pixels."""
    return sum(_WIDTHS.get(letter, _OTHER) for letter in text) * size * (_BOLD if bold else 1)


def fit(text: str, size: float, room: float, bold: bool = False) -> str:
    """Return a text cut to at most `room` pixels."""
    if width(text, size, bold) <= room:
        return text
    kept = text
    while kept and width(kept + "…", size, bold) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"
