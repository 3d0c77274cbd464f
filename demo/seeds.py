"""Who and what is there on the first start of the demo."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oauthapps.services import Registration


@dataclass(frozen=True)
class OrganizationSeed:
    name: str
    slug: str
    owner: str
    members: dict[str, str]
    projects: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    administrators: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


ORGANIZATIONS = [
    OrganizationSeed(
        "Contoso",
        "contoso",
        "alice",
        {"alice": "basic", "bob": "basic", "olivia": "basic", "erin": "stakeholder"},
        {
            "Payroll": ("Salaries and pay slips", ["alice", "bob"]),
            "Website": ("The public site", ["alice", "bob", "erin"]),
        },
        administrators=("olivia",),
        reviewers=("bob",),
    ),
    OrganizationSeed(
        "Fabrikam",
        "fabrikam",
        "dana",
        {"dana": "visual_studio", "charlie": "basic", "alice": "stakeholder"},
        {"Fibre": ("Network roll-out", ["dana", "charlie"])},
    ),
    OrganizationSeed("Erin's studio", "erin-studio", "erin", {"erin": "basic"}, {"Portfolio": ("Pictures", ["erin"])}),
]


def people() -> list[dict[str, Any]]:
    """The simulated directory's accounts: they are known here before their first sign-in."""
    return json.loads((Path(__file__).parent / "accounts.json").read_text())


def apps(port: int) -> dict[str, Registration]:
    service = f"http://localhost:{port + 2}"
    about = {"company": "Contoso Reporting Ltd", "website": "https://reports.contoso.example/"}
    return {
        "standard": Registration(
            name="Contoso Reports",
            redirect_uris=[f"{service}/standard/callback"],
            verified_domain="contoso.example",
            description="Reports about your projects and work items, every Monday in your mailbox.",
            scopes=["openid", "profile", "offline_access", "vso.profile", "vso.project"],
            optional_scopes=["vso.work"],
            **about,
        ),
        "legacy": Registration(
            name="Contoso Reports Classic",
            model="legacy",
            # The second is for the standard version that its owner will make of it.
            redirect_uris=[f"{service}/legacy/callback", f"{service}/standard/callback"],
            description="The reports as you know them since 2023.",
            scopes=["vso.profile", "vso.project", "vso.work"],
            **about,
        ),
        "resource_server": Registration(
            name="Contoso Reports API",
            redirect_uris=[],
            scopes=[],
            resource_server=True,
            description="Checks tokens for the reports.",
            **about,
        ),
    }
