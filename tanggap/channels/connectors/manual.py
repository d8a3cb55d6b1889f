"""By hand: what an employee adds from a link, a screenshot, a call, paper or a visit."""

from __future__ import annotations

from tanggap.channels.connector import Connector, Item, Raw
from tanggap.channels.contract_lines import read_body
from tanggap.channels.limits import Limits


class Manual(Connector):
    """Items typed by staff; the answer is given where the item came from and marked here."""

    platform = "manual"
    name = "Dicatat petugas"
    limits = Limits(most=100_000)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read lines of the public format."""
        return read_body(raw)
