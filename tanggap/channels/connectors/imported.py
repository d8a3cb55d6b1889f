"""Imports: posts from files, brought into the public line format before they are stored as raw items."""

from __future__ import annotations

from tanggap.channels.connector import Connector, Item, Raw
from tanggap.channels.contract_lines import read_body
from tanggap.channels.limits import Limits


class Imported(Connector):
    """A file's lines; nothing is sent and nothing is fetched."""

    platform = "import"
    name = "Impor berkas"
    limits = Limits(most=100_000)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read lines of the public format."""
        return read_body(raw)
