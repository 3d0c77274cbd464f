"""A picture for people who have none: a small pattern, the same for a person each time."""

import base64
import hashlib
from io import BytesIO
from uuid import UUID

from PIL import Image

CELLS, PIXELS = 5, 44


def png(person_id: UUID) -> str:
    """Base64 of a PNG, mirrored at its middle."""
    digest = hashlib.sha256(person_id.bytes).digest()
    colour = tuple(64 + byte // 2 for byte in digest[:3])
    small = Image.new("RGB", (CELLS, CELLS), "#f4f4f4")
    for cell, byte in enumerate(digest[3 : 3 + CELLS * 3]):
        column, row = divmod(cell, CELLS)
        if byte % 2:
            small.putpixel((column, row), colour)
            small.putpixel((CELLS - 1 - column, row), colour)
    out = BytesIO()
    small.resize((PIXELS, PIXELS), Image.Resampling.NEAREST).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()
