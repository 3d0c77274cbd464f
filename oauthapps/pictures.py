"""Uploaded pictures are drawn anew: what a stranger uploads is never served as it came. Pure, but for Pillow."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
SIDE = 256  # pixels
MOST_BYTES = 1024 * 1024
MOST_PIXELS = 16_000_000  # 64 MB once unpacked, and no more than a camera makes
MOST_SIDE = 10_000


class PictureRefused(ValueError):
    """Says in a sentence what is wrong with a picture and what to do."""


def square_png(raw: bytes) -> bytes:
    """A PNG of 256 x 256 pixels, the picture fitted into it; the first frame of an animation, no metadata.

    Raises PictureRefused. The size is read before anything is unpacked, so a decompression bomb costs nothing.
    """
    from PIL import Image  # noqa: PLC0415  (5 MB with its libraries, for the rare upload)

    if len(raw) > MOST_BYTES:
        raise PictureRefused("The picture is larger than 1 MiB. Save it smaller; 256 × 256 pixels are enough.")
    if not raw:
        raise PictureRefused("The file is empty. Choose a picture.")
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as opened:
            _check_size(*opened.size)
            return _drawn(opened)
    except PictureRefused:
        raise
    except Image.UnidentifiedImageError as error:
        raise PictureRefused(
            "This is not a PNG, JPEG, WebP or GIF picture. Other kinds, SVG among them, can carry programs and are not taken."
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureRefused("The picture has far too many pixels. Save it smaller; 256 × 256 are enough.") from error
    except Exception as error:
        raise PictureRefused("The picture is damaged and cannot be read. Save it anew and try again.") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise PictureRefused(
            f"The picture has {width} × {height} pixels, which is too many. Save it smaller; 256 × 256 are enough."
        )


def _drawn(opened: "Image.Image") -> bytes:
    from PIL import Image, ImageOps  # noqa: PLC0415  (as above)

    upright = ImageOps.exif_transpose(opened).convert("RGBA")
    fitted = ImageOps.contain(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    square.paste(fitted, ((SIDE - fitted.width) // 2, (SIDE - fitted.height) // 2))
    written = BytesIO()
    square.save(written, "PNG", optimize=True)
    return written.getvalue()
