"""The staff stations of a bedside program: whether anything listens for them, as it was set up."""

from __future__ import annotations

from dataclasses import dataclass

from app.reception.settings import Settings
from app.staff.address import StaffAddress, StaffAddressError, parse_address
from app.staff.link import StaffLink
from app.staff.secret import SecretError, find_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWish:
    """What the command line says of staff stations; None leaves it to the settings."""

    listen: str | None = None
    secret_file: str | None = None

    def listening(self, settings: Settings) -> str:
        """Where stations are to connect, as it was written; empty: nowhere."""
        return settings.staff_listen if self.listen is None else self.listen

    def problem(self, settings: Settings) -> str:
        """Why staff stations cannot connect as it is set up, in a sentence, or empty."""
        try:
            self.resolve(settings)
        except (StaffAddressError, SecretError) as error:
            return f"Staff stations cannot connect. {error}"
        return ""

    def resolve(self, settings: Settings) -> tuple[StaffAddress, bytes] | None:
        """Where to listen and the secret; None where no station is wanted.

        Raises:
            StaffAddressError: the address is none.
            SecretError: there is no secret.
        """
        listen = self.listening(settings)
        if not listen:
            return None
        return parse_address(listen), find_secret(self.secret_file, settings.staff_secret_file)


def open_staff_link(wish: StaffWish, settings: Settings, room: str) -> StaffLink | None:
    """A link that listens for stations; None where none is wanted.

    A link that cannot listen tells every session so: it was set up, and somebody counts on it.
    """
    problem = wish.problem(settings)
    if problem:
        link = StaffLink(StaffAddress(host="", port=0), b"", room, problem=problem)
    else:
        resolved = wish.resolve(settings)
        if resolved is None:
            return None
        address, secret = resolved
        link = StaffLink(address, secret, room)
    link.start()
    return link
