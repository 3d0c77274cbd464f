"""What can go wrong between Contoso and the portal, in words for the person who looks at the page."""


class Problem(Exception):
    """`code` is for support, `title` and `explanation` are for people, `status` is the answer's HTTP status."""

    def __init__(self, code: str, title: str, explanation: str, *, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.title = title
        self.explanation = explanation
        self.status = status


class Refused(Problem):
    """The token endpoint said no; `answered` is its HTTP status, `description` its own words."""

    def __init__(self, answered: int, error: str, description: str) -> None:
        super().__init__(
            error or "token_refused",
            "The portal did not give us a token",
            f"It answered HTTP {answered}. {description}".strip(),
            status=502,
        )
        self.answered = answered
        self.description = description


def unreachable() -> Problem:
    return Problem(
        "portal_unreachable",
        "We cannot reach the portal",
        "Nothing was changed. Wait a minute and try again; if it stays like this, the portal may be switched off.",
        status=502,
    )


def unknown_attempt() -> Problem:
    return Problem(
        "state_mismatch",
        "This answer does not belong to a question we asked",
        "Its state value is not one we sent from this browser, so we did not use it. "
        "That happens when a page is reloaded, when our cookie is gone, or when somebody else made the link.",
    )


def wrong_issuer() -> Problem:
    return Problem(
        "iss_mismatch",
        "This answer comes from somebody else",
        "It does not name the portal we asked as its issuer, so we did not use it.",
    )


def no_code() -> Problem:
    return Problem(
        "code_missing",
        "The portal's answer is incomplete",
        "It has neither an authorization code nor an error, so there is nothing we can use.",
    )


REFUSALS_BY_THE_PERSON = {"access_denied", "accessdenied"}


def answered_with(error: str, description: str) -> Problem:
    """The page for an `error` that came back on the callback."""
    if error.lower() in REFUSALS_BY_THE_PERSON:
        return Problem(
            error,
            "You did not give us access",
            "That is fine: nothing was connected and we keep nothing. You can change your mind at any time.",
            status=403,
        )
    return Problem(error[:80], "The portal refused our request", description[:300] or "It gave no further reason.")


def untrusted_identity(reason: str) -> Problem:
    return Problem(
        "id_token_invalid",
        "We could not verify who you are",
        f"The ID token failed our checks ({reason}), so we did not connect.",
        status=502,
    )


def garbled(what: str) -> Problem:
    return Problem(
        "portal_answer_unusable",
        "We do not understand the portal's answer",
        f"{what} is not what the protocol promises, so we stopped.",
        status=502,
    )
