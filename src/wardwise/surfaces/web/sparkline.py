"""Sparklines as SVG made on the server: they print and need no script."""

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 96, 28, 2


def points(marks: Sequence[int]) -> str:
    """The `points` of a polyline in a 96 by 28 box; a flat line stands in the middle."""
    low, high = min(marks), max(marks)
    step = (WIDTH - 2 * EDGE) / max(len(marks) - 1, 1)
    drop = (HEIGHT - 2 * EDGE) / (high - low) if high > low else 0.0
    level = EDGE if high > low else HEIGHT / 2
    return " ".join(f"{EDGE + i * step:.1f},{level + (high - mark) * drop:.1f}" for i, mark in enumerate(marks))
