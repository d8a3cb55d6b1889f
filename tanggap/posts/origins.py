"""Where raw items came from: the apps and channels behind a batch, and whose account each delivery concerns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tanggap.channels.connector import Item, Raw, Unreadable
from tanggap.channels.models import App, Channel
from tanggap.posts.models import RawItem

BY_HAND = "hand"


class Origins:
    """The apps and channels behind a batch of raw items, each loaded once."""

    def __init__(self, rows: Sequence[RawItem]) -> None:
        every = Channel._base_manager.select_related("government").defer("token")
        self._channels = every.in_bulk({row.channel_id for row in rows if row.channel_id})
        self._apps = App.objects.only("platform").in_bulk({row.app_id for row in rows if row.app_id})
        self._of_app: dict[int, list[Channel]] = defaultdict(list)
        for channel in every.filter(app_id__in=self._apps, closed_at__isnull=True):
            self._of_app[channel.app_id or 0].append(channel)

    def platform(self, row: RawItem) -> str:
        """This will return the platform whose connector reads a raw item."""
        if row.source == BY_HAND:  # whatever the account's platform, the words are an employee's
            return "manual"
        if row.channel_id:
            return self._channels[row.channel_id].platform
        return self._apps[row.app_id].platform if row.app_id else ""

    def raw(self, row: RawItem) -> Raw:
        """This will return a raw item as its connector reads it, with its account where that is known already."""
        whose = self._named(row)
        if whose is None:
            return Raw(bytes(row.body), row.headers, row.received_at)
        zone = whose.government.timezone
        return Raw(
            bytes(row.body), row.headers, row.received_at, zone, whose.external_id, whose.handle,
            whose.settings,
        )  # fmt: skip

    def channel_of(self, row: RawItem, item: Item) -> Channel:
        """This will find the channel of an item: the one that its raw item names, else by account and platform.

        One account may stand behind two channels (a page's comments and its messages).
        """
        if row.channel_id:
            return self._channels[row.channel_id]
        return self.account(row, item.account, item.platform)

    def account(self, row: RawItem, account: str, platform: str = "") -> Channel:
        """This will find the channel of an app's account; Unreadable where it is not connected."""
        if row.app_id is None:
            raise Unreadable("Kiriman tanpa kanal dan tanpa aplikasi.")
        mine = self._of_app[row.app_id]
        if not account and len(mine) == 1:
            return mine[0]
        known = (
            {platform, self._apps[row.app_id].platform, ""} if platform else {one.platform for one in mine}
        )
        found = [one for one in mine if one.external_id == account and one.platform in known]
        if not found:
            raise Unreadable(
                f"Akun {account or '(tidak disebut)'} belum tersambung pada aplikasi ini. Kiriman disimpan; "
                "sambungkan akunnya lalu baca ulang."
            )
        return found[0]

    def _named(self, row: RawItem) -> Channel | None:
        if row.channel_id:
            return self._channels[row.channel_id]
        mine = self._of_app[row.app_id or 0]
        return mine[0] if len(mine) == 1 else None
