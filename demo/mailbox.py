"""Mails as files, easy to read: `mail/index.html` lists them, each as HTML, plain text and the message itself."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import format_html, format_html_join


class Mailbox(BaseEmailBackend):
    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in messages:
            _write(folder, message)
        _index(folder)
        return len(messages)


def _write(folder: Path, message: EmailMessage) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S.%f")
    to = ",".join(message.to).split("@")[0]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{at}_{to}_{message.subject}")[:120]
    (folder / f"{name}.eml").write_bytes(message.message().as_bytes())
    (folder / f"{name}.txt").write_text(str(message.body))
    for alternative in message.alternatives if isinstance(message, EmailMultiAlternatives) else []:
        (folder / f"{name}.html").write_text(str(alternative[0]))


def _index(folder: Path) -> None:
    """Made anew each time; written aside and moved, because several workers may do so at once."""
    names = sorted((p.stem for p in folder.glob("*.eml")), reverse=True)
    row = '<li>{0} <a href="{1}">read</a> · <a href="{2}">plain text</a> · <a href="{3}">message</a></li>'
    rows = format_html_join("", row, ((n.replace("_", "  "), f"{n}.html", f"{n}.txt", f"{n}.eml") for n in names))
    page = format_html(
        '<!doctype html><meta charset="utf-8"><title>Mail</title>'
        "<style>body{{font:15px/1.6 system-ui;margin:2rem}}li{{margin:.25rem 0}}</style>"
        "<h1>{} mails</h1><ul>{}</ul>",
        len(names),
        rows,
    )
    aside = folder / f".index-{datetime.now(UTC).timestamp()}"
    aside.write_text(page)
    aside.replace(folder / "index.html")
