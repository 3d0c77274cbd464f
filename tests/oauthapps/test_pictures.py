"""Pictures of apps: drawn anew, bounded, served so that nothing in them can run."""

import hashlib
import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from oauthapps import pictures
from oauthapps.models import Application, ApplicationLogo
from tests import people
from tests.oauthapps.test_pages import FORM


def drawn(kind="PNG", size=(300, 100), colour=(200, 30, 30), **more):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


def bomb(width=30_000, height=30_000):
    """A PNG of 900 million pixels in a few bytes."""
    chunk = lambda name, data: struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))  # noqa: E731
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_png_of_256_pixels_with_nothing_cut_off(kind):
    made = Image.open(io.BytesIO(pictures.square_png(drawn(kind))))
    assert (made.format, made.size) == ("PNG", (256, 256))
    assert made.getpixel((128, 128))[3] == 255 and made.getpixel((128, 5))[3] == 0  # wide: transparent above and below


def test_what_a_picture_carries_beside_its_pixels_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    made = pictures.square_png(drawn("JPEG", exif=exif) + b"<script>alert(1)</script>")
    assert b"script" not in made and not Image.open(io.BytesIO(made)).info


def test_of_an_animation_the_first_frame_is_kept():
    out = io.BytesIO()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    made = Image.open(io.BytesIO(pictures.square_png(out.getvalue())))
    assert made.getpixel((128, 128))[:3] == (255, 0, 0) and getattr(made, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"<html><script>alert(1)</script>", "not a PNG"),
        (b"BM" + b"\x00" * 200, "not a PNG"),
        (b"%PDF-1.7", "not a PNG"),
        (b"\x89PNG\r\n\x1a\n", "not a PNG"),
        (drawn()[:80], "damaged"),
        (bomb(), "far too many pixels"),
        (bomb(9_000, 9_000), "9000 × 9000"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MiB"),
    ],
    ids=["empty", "svg", "html", "bmp", "pdf", "head only", "cut off", "bomb", "small bomb", "too large"],
)
def test_a_hostile_or_wrong_file_is_refused_in_words(raw, says):
    with pytest.raises(pictures.PictureRefused, match=says):
        pictures.square_png(raw)


def upload(raw, name="logo.png"):
    return SimpleUploadedFile(name, raw, content_type="image/png")


@pytest.fixture
def browser(dana):
    return people.browser(dana)


def register(browser, **more):
    browser.post("/app/register", FORM | more)
    return Application.objects.get()


def test_a_picture_is_shown_on_the_pages_and_served_harmless(browser, client):
    app = register(browser, logo=upload(drawn()))
    page = browser.get(f"/app/{app.client_id}").content.decode()
    assert f'<img src="{app.logo_url}"' in page
    served = client.get(app.logo_url)
    assert served.content == bytes(ApplicationLogo.objects.get().image)
    assert app.logo_url == f"/app-logo/{hashlib.sha256(served.content).hexdigest()}.png"
    assert served["Content-Type"] == "image/png" and served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "immutable" in served["Cache-Control"] and served["Content-Disposition"].startswith("inline")


def test_a_picture_can_be_changed_and_removed_and_is_then_served_no_more(browser, client):
    app = register(browser, logo=upload(drawn()))
    first = app.logo_url
    browser.post(f"/app/{app.client_id}/settings", FORM | {"logo": upload(drawn(colour=(0, 0, 200)))})
    app.refresh_from_db()
    assert app.logo_url != first and client.get(first).status_code == 404
    browser.post(f"/app/{app.client_id}/settings", FORM | {"remove_logo": "on"})
    app.refresh_from_db()
    assert app.logo_url == "" and not ApplicationLogo.objects.exists()


def test_a_picture_that_two_apps_show_stays_while_one_does(browser, client):
    app = register(browser, logo=upload(drawn()))
    browser.post("/app/register", FORM | {"name": "Other", "logo": upload(drawn())})
    browser.post(f"/app/{app.client_id}/settings", FORM | {"remove_logo": "on"})
    assert client.get(Application.objects.get(name="Other").logo_url).status_code == 200


def test_saving_without_a_picture_keeps_the_one_there_is(browser):
    app = register(browser, logo=upload(drawn()))
    browser.post(f"/app/{app.client_id}/settings", FORM | {"description": "New"})
    assert Application.objects.get().logo_url == app.logo_url and Application.objects.get().description == "New"


@pytest.mark.parametrize("raw", [b"<svg/>", b"x" * 3_000_000, b"x" * 1_200_000, b""])
def test_a_wrong_picture_is_said_beside_its_field_and_nothing_is_made(browser, raw):
    page = browser.post("/app/register", FORM | {"logo": upload(raw)})
    assert page.status_code == 400 and 'id="id_logo_error"' in page.content.decode()
    assert not Application.objects.exists()


def test_a_huge_upload_is_refused_without_reading_it(browser):
    assert browser.post("/app/register", FORM | {"logo": upload(b"x" * 17_000_000)}).status_code in {400, 413}


def test_an_unknown_picture_is_not_there(client, db):
    assert client.get("/app-logo/" + "0" * 64 + ".png").status_code == 404
    assert client.get("/app-logo/../secrets.png").status_code == 404
