"""Host names as people read them: the ASCII form that is sent, and letters that look like others. Pure."""

import idna

from oauthapps import lookalikes


class HostProblem(ValueError):
    """Says in a sentence what is wrong with a host name and what to do."""


def ascii_form(host: str) -> str:
    """RFC 5891: the form that is sent, `xn--…` for each part that is not ASCII. Raises HostProblem."""
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        raise HostProblem(f"“{host}” is not a host name: {error}.") from error


def shown_form(host: str) -> str:
    """What a browser may show for it. Raises HostProblem for a part that only pretends to be international."""
    if not any(label.lower().startswith("xn--") for label in host.split(".")):
        return host
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError) as error:
        raise HostProblem(f"“{host}” is not a valid international host name.") from error


def warning(host: str) -> str:
    """A sentence to confirm when the host is not plain ASCII, else empty. Raises HostProblem when letters are mixed."""
    sent = ascii_form(host)
    shown = shown_form(sent)
    if shown.isascii():
        return ""
    for label in shown.split("."):
        if found := lookalikes.mixed(label):
            raise HostProblem(
                f"“{label}” in {sent} mixes {lookalikes.in_words(found)} letters, as addresses do that imitate another. "
                "Use a host name in one script."
            )
    like = _looks_like(shown)
    looks = f" At a glance it reads “{like}”." if like else ""
    return (
        f"“{shown}” has letters beyond a–z, so another host could look the same.{looks} It is saved and sent as {sent}."
    )


def _looks_like(shown: str) -> str:
    """The plain host it could be taken for, when every letter has a plain twin."""
    labels = [label if label.isascii() else lookalikes.skeleton(label) for label in shown.split(".")]
    return ".".join(labels) if all(label and label.isascii() for label in labels) else ""
