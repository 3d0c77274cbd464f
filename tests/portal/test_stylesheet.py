"""The one stylesheet: a brace lost in a merge silently switches off everything after it."""

from pathlib import Path

CSS = (Path(__file__).parents[2] / "static" / "gatehouse" / "gatehouse.css").read_text()


def test_every_section_begins_outside_any_block():
    depth, inside = 0, []
    for line in CSS.splitlines():
        if line.startswith("/* ") and depth:
            inside.append(line)
        depth += line.count("{") - line.count("}")
    assert inside == [] and depth == 0
