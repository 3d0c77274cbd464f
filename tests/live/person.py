"""A person without a browser: reads pages, fills forms, follows redirects up to the service's callback."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Form:
    def __init__(self, attrs: dict[str, str]) -> None:
        self.id, self.action, self.method = (
            attrs.get("id", ""),
            attrs.get("action", ""),
            attrs.get("method", "get").lower(),
        )
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[dict[str, str]] = []

    def pressed(self, button: dict[str, str]) -> list[tuple[str, str]]:
        named = [(button["name"], button.get("value", ""))] if button.get("name") else []
        return self.fields + named


class Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(said)
            self.found.append(self._open)
        elif self._open and tag == "input" and counts(said):
            self._open.fields.append((said["name"], said.get("value", "on")))
        elif self._open and tag == "button":
            self._open.buttons.append(said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def counts(said: dict[str, str]) -> bool:
    choice = said.get("type") in {"checkbox", "radio"}
    return bool(said.get("name")) and "disabled" not in said and (not choice or "checked" in said)


class Person(requests.Session):
    def __init__(self, portal: str, account: str) -> None:
        super().__init__()
        self.portal, self.account = portal, account

    def visit(self, address: str, callback: str = "") -> requests.Response:
        return self._follow(self.get(address, allow_redirects=False), callback)

    def press(self, page: requests.Response, callback: str = "", **wanted: str) -> requests.Response:
        """Presses the button with these attributes, as a browser would."""
        for form in Forms(page.text).found:
            for button in form.buttons:
                if all(button.get(name) == value for name, value in wanted.items()):
                    address = urljoin(page.url, form.action or page.url)
                    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
                    headers = {"Referer": page.url, "Origin": origin}
                    data = form.pressed(button)
                    return self._follow(
                        self.request(form.method, address, data=data, headers=headers, allow_redirects=False), callback
                    )
        raise AssertionError(f"no button {wanted} on {page.url}:\n{page.text[:3000]}")

    def approve(self, address: str, callback: str) -> str:
        """Goes through sign-in and approval, whatever of it is asked; returns the callback's full address."""
        page = self.visit(address, callback)
        while not page.url.startswith(callback):
            page = self.press(page, callback, **self._next_button(page))
        return page.url

    def revoke(self, app: str) -> None:
        page = self.visit(f"{self.portal}/_usersSettings/authorizations")
        row = next(part for part in page.text.split('data-authorization="')[1:] if app in part)
        confirmation = self.visit(f"{self.portal}/_usersSettings/authorizations/{row[:36]}/revoke")
        assert self.press(confirmation, id="revoke-confirm").ok

    def _next_button(self, page: requests.Response) -> dict[str, str]:
        if 'id="consent-accept"' in page.text:
            return {"id": "consent-accept"}
        if 'id="continue-accept"' in page.text:
            return {"id": "continue-accept"}
        if re.search(r'name="account"', page.text):
            return {"name": "account", "value": self.account}
        work = not self.account.endswith("@outlook.example")
        return {"id": "signin-work" if work else "signin-microsoft"}

    def _follow(self, response: requests.Response, callback: str) -> requests.Response:
        while response.is_redirect:
            address = urljoin(response.url, response.headers["Location"])
            if callback and address.startswith(callback):
                response.url = address
                return response
            response = self.get(address, allow_redirects=False)
        assert response.status_code < 400, f"{response.status_code} {response.url}\n{response.text[:3000]}"
        return response
