"""A real SMTP server on loopback that can be told to behave badly."""

import asyncio
import email
import socket
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Postmaster:
    """Keeps what it accepted. `answers` holds what it says to a recipient, `behaviour` what it does with a mail."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, Message]] = []
        self.answers: dict[str, str] = {}
        self.behaviour = "accept"
        self.tries = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tries += 1
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.behaviour == "hang":
            await asyncio.sleep(3600)
        if self.behaviour == "die after taking it":
            self._keep(envelope)
            server.transport.abort()
            return "250 OK"
        if self.behaviour == "die":
            server.transport.abort()
            return "451 gone"
        if self.behaviour[:3].isdigit():
            return self.behaviour
        self._keep(envelope)
        return "250 OK"

    def _keep(self, envelope: Any) -> None:
        self.accepted.append((envelope.rcpt_tos[0], email.message_from_bytes(envelope.content)))

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.accepted]


class Server:
    def __init__(self) -> None:
        self.post, self.port = Postmaster(), free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self.post, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop(no_assert=True)
            self._controller = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
