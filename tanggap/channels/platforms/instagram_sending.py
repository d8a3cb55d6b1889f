"""Sends on Instagram: answers to comments and mentions, private replies, messages, hiding, publishing, first comments.

Sources, seen 2026-11-22: developers.facebook.com/documentation/instagram-platform: instagram-graph-api/reference/
ig-comment/replies (top-level only, none on hidden comments), ig-user/mentions, private-replies (once, within 7 days),
content-publishing, instagram-api-with-instagram-login/messaging-api (1000 bytes, 24 hours, HUMAN_AGENT), and
instagram-graph-api/reference/error-codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tanggap.channels.connector import Account, CannotTell, Outgoing, Sent
from tanggap.channels.errors import Gone, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.platforms import meta_containers as containers
from tanggap.channels.platforms.instagram_sweep import Sweep
from tanggap.channels.platforms.meta_graph import Graph, WindowClosed
from tanggap.channels.platforms.meta_line import Table
from tanggap.channels.values import inside, members, time_of

_SKEW = timedelta(minutes=5)
_MESSAGE_BYTES = 1000


def _wait(text: str, seconds: float = 60.0) -> Temporary:
    return Temporary(f"{text} Belum ada yang terbit.", seconds, everywhere=False)


def _fetching(said: str) -> Permanent:
    return Permanent(
        f"Instagram tidak dapat mengambil gambar atau video ini ({said}). Periksa bahwa alamatnya dapat dibuka siapa "
        "pun, jenisnya JPEG atau MP4, dan ukurannya sesuai."
    )


SUBCODES: Table = {
    2207001: lambda said: OutcomeUnknown("Instagram gagal sesudah kiriman sampai kepadanya."),
    2207003: lambda said: _wait("Instagram terlalu lama mengambil gambar atau video."),
    2207008: lambda said: _wait("Kiriman yang disiapkan tidak ditemukan Instagram."),
    2207020: lambda said: _wait("Gambar atau video yang disiapkan sudah gugur."),
    2207027: lambda said: _wait("Instagram masih mengolah gambar atau video."),
    2207032: lambda said: _wait("Instagram gagal menyiapkan kiriman."),
    2207053: lambda said: _wait("Instagram gagal menerima video."),
    2207004: _fetching,
    2207005: _fetching,
    2207009: lambda said: Permanent(
        f"Instagram menolak bentuk gambar: {said}. Perbandingan sisi harus 4:5 sampai 1,91:1."
    ),
    2207026: _fetching,
    2207052: _fetching,
    2207010: lambda said: Permanent(f"Keterangan gambar terlalu panjang untuk Instagram: {said}."),
    2207040: lambda said: Permanent("Terlalu banyak sebutan @ untuk Instagram; paling banyak 20."),
    2207042: lambda said: _wait("Batas terbitan 24 jam akun Instagram ini sudah tercapai.", 3600.0),
    2207050: lambda said: NeedsLogin(
        "Akun Instagram ini dibatasi atau tidak aktif. Buka aplikasi Instagram, selesaikan yang diminta di sana, "
        "lalu sambungkan lagi."
    ),
    2534022: lambda said: WindowClosed(
        "Masa balas Instagram 24 jam sudah lewat; tunggu warga menulis lagi atau balas di tempat umum."
    ),
    2534025: lambda said: Permanent(
        "Komentar ini sudah pernah dibalas secara pribadi; Instagram hanya mengizinkan satu."
    ),
    2534014: lambda said: Permanent(
        "Penerima pesan tidak ditemukan Instagram (akunnya dihapus, atau memblokir)."
    ),
    2534001: lambda said: Permanent("Percakapan ini sudah dihapus atau diarsipkan pemiliknya di Instagram."),
}
"""22070xx stand in Meta's table of Instagram's errors; 25340xx are seen in the field."""


class Sending:
    """One account's sends over an open line."""

    def __init__(self, line: Graph, account: Account, sweep: Sweep) -> None:
        self._line, self._account, self._sweep = line, account, sweep
        self._me = f"/{account.external_id or 'me'}"

    def send(self, out: Outgoing) -> Sent:
        """This will send once; Permanent with what to do instead where Instagram has no such thing."""
        if out.kind == "post":
            return self._publish(out)
        if out.kind == "hide":
            return self._hide(out)
        if out.kind not in {"reply", "private_reply"}:
            raise Permanent(f"Instagram tidak mengenal tindakan {out.kind}.")
        if person := self._person(out):
            return self._message({"id": person}, out.text, window=True)
        if out.kind == "reply" and not out.thread:  # the first comment below our own media
            return _sent(self._line.write(f"/{_comment(out)}/comments", data={"message": out.text}))
        if out.kind == "private_reply":
            return self._message({"comment_id": _comment(out)}, out.text)
        part, _, media = out.thread.rpartition(":")
        if part in {"tag", "found"}:
            raise Permanent(
                "Instagram tidak membuka balasan pada foto yang menandai akun atau yang ditemukan lewat tagar. Buka "
                "kirimannya, balas di sana, lalu tandai sudah dijawab dengan tautannya."
            )
        return self._answer_mention(out, media) if part == "mention" else self._reply(out)

    def look_up(self, out: Outgoing) -> Sent | None:
        """This will look for a send where it would stand: below the comment, in the conversation, among own media."""
        if out.created_at is None:
            raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di Instagram.")
        since, taken = (out.created_at - _SKEW).timestamp(), set(out.options.get("taken", ()))
        if out.kind == "hide":
            told = self._line.read(f"/{out.target_external_id}", {"fields": "hidden"})
            wanted = bool(out.options.get("hidden", True))
            return Sent(out.target_external_id) if bool(told.get("hidden")) == wanted else None
        if out.kind == "post":
            found = self._sweep.own_media(since)
            return self._mine(found, out.text, "caption", since, taken, "timestamp")
        if person := self._person(out) or self._writer(out):
            found = self._sweep.talk_with(person)
            return self._mine(found, out.text, "message", since, taken, "created_time")
        if out.thread.startswith("mention:"):
            raise CannotTell(
                "Balasan pada kiriman orang lain tidak dapat dicari lewat antarmuka; periksa di Instagram."
            )
        if not out.thread:
            found = self._sweep.replies_to(_comment(out), "comments")
        else:
            found = self._sweep.replies_to(self._target(out)[0])
        return self._mine(found, out.text, "text", since, taken, "timestamp")

    def _mine(
        self, found: list[dict[str, Any]], text: str, field: str, since: float, taken: set[str], when: str
    ) -> Sent | None:  # fmt: skip
        wanted = _bare(text)
        for one in found:
            writer = str(inside(one, "from", "id") or "")
            name = str(inside(one, "from", "username") or one.get("username") or "").lower()
            ours = writer == self._account.external_id or name == self._account.handle.lstrip("@").lower()
            same = _bare(str(one.get(field) or "")) == wanted and time_of(one[when]).timestamp() >= since
            if ours and same and str(one["id"]) not in taken:
                return Sent(str(one["id"]), str(one.get("permalink") or ""))
        return None

    # -- answers ---------------------------------------------------------------------------------------------
    def _reply(self, out: Outgoing) -> Sent:
        top, name = self._target(out)
        text = out.text
        if name and f"@{name.lower()}" not in {word.rstrip(".,:;!?").lower() for word in text.split()}:
            # An answer to an answer stands below the comment; only the mention tells whom it is meant for.
            text = f"@{name} {text}"
        return _sent(self._line.write(f"/{top}/replies", data={"message": text}))

    def _target(self, out: Outgoing) -> tuple[str, str]:
        """The top-level comment that an answer goes below, and whom it must name; Permanent where none can stand."""
        key = _comment(out)
        try:
            told = self._line.read(f"/{key}", {"fields": "id,hidden,parent_id,username,from"})
        except Gone as error:
            raise Permanent("Komentar ini sudah tidak ada di Instagram; jawaban tidak dikirim.") from error
        if told.get("hidden") is True:
            raise Permanent(
                "Komentar ini tersembunyi. Instagram hanya menerima jawaban sesudah ia ditampilkan lagi."
            )
        parent = str(told.get("parent_id") or "")
        name = str(inside(told, "from", "username") or told.get("username") or "")
        return (parent, name) if parent else (key, "")

    def _answer_mention(self, out: Outgoing, media: str) -> Sent:
        form = {"media_id": media, "message": out.text}
        if out.target_external_id != media:
            form["comment_id"] = out.target_external_id
        return _sent(self._line.write(f"{self._me}/mentions", data=form))

    def _hide(self, out: Outgoing) -> Sent:
        hide = "true" if out.options.get("hidden", True) else "false"
        self._line.write(f"/{_comment(out)}", data={"hide": hide})
        return Sent(out.target_external_id)

    # -- messages --------------------------------------------------------------------------------------------
    def _person(self, out: Outgoing) -> str:
        """Whom a message goes to; "" where the target is no message."""
        if out.thread.startswith("dm:"):
            return out.thread.removeprefix("dm:")
        if not out.target_external_id or out.target_external_id.isdigit():
            return ""
        told = self._line.read(f"/{out.target_external_id}", {"fields": "id,from,to"})
        people = [
            str(inside(told, "from", "id") or ""),
            *(str(one.get("id")) for one in members(told, "to", "data")),
        ]
        person = next((one for one in people if one and one != self._account.external_id), "")
        if not person:
            raise Permanent(
                "Penerima pesan ini tidak dapat ditemukan lewat antarmuka; balas di aplikasi Instagram."
            )
        return person

    def _writer(self, out: Outgoing) -> str:
        """Who wrote the comment that a private reply answers; "" for other sends."""
        if out.kind != "private_reply":
            return ""
        told = self._line.read(f"/{_comment(out)}", {"fields": "id,from"})
        person = str(inside(told, "from", "id") or "")
        if not person:
            raise CannotTell(
                "Penulis komentar ini tidak disebut Instagram; periksa percakapannya di aplikasi."
            )
        return person

    def _message(self, recipient: Mapping[str, str], text: str, *, window: bool = False) -> Sent:
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > _MESSAGE_BYTES:
            raise Permanent(
                f"Pesan Instagram paling panjang {_MESSAGE_BYTES} bita; ini {size}. Ringkas teksnya."
            )
        body = {"recipient": recipient, "message": {"text": text}}
        try:
            return _sent(self._line.write("/me/messages", json=body), "message_id")
        except WindowClosed:
            # It was refused for sure, so it may go once more as what it is: the answer of a human.
            if not window or not self._human:
                raise
        try:
            return _sent(self._line.write("/me/messages", json={**body, "tag": "HUMAN_AGENT"}), "message_id")
        except NeedsLogin as error:
            raise WindowClosed(
                "Masa balas 24 jam sudah lewat, dan fitur Human Agent belum disetujui Meta untuk aplikasi ini."
            ) from error

    @property
    def _human(self) -> bool:
        said = str(self._account.settings.get("human_agent") or "").strip().lower()
        return said in {"1", "ya", "true", "on", "yes"}

    # -- publishing ------------------------------------------------------------------------------------------
    def _publish(self, out: Outgoing) -> Sent:
        if not out.media:
            raise Permanent(
                "Instagram tidak menerima kiriman tanpa gambar atau video. Tambahkan paling sedikit satu."
            )
        media = containers.addresses("Instagram", out.media)
        self._check_quota()
        path, line = f"{self._me}/media", self._line
        if len(media) == 1:
            (one, film) = media[0]
            whole = {"media_type": "REELS", "video_url": one.url} if film else _image(one.url, one.alt)
        else:
            children = [
                containers.made(
                    line, path,
                    {"is_carousel_item": "true",
                     **({"media_type": "VIDEO", "video_url": one.url} if film else _image(one.url, one.alt))},
                )
                for one, film in media
            ]  # fmt: skip
            for child in children:
                containers.ready(line, child, state="status_code", why="status")
            whole = {"media_type": "CAROUSEL", "children": ",".join(children)}
        container = containers.made(line, path, {**whole, "caption": out.text})
        containers.ready(line, container, state="status_code", why="status")
        key = containers.published(line, f"{self._me}/media_publish", container)
        return Sent(key, containers.permalink(line, key))

    def _check_quota(self) -> None:
        told = self._line.read(f"{self._me}/content_publishing_limit", {"fields": "config,quota_usage"})
        for one in members(told, "data"):
            most, used = inside(one, "config", "quota_total"), one.get("quota_usage")
            if isinstance(most, int) and isinstance(used, int) and used >= most:
                raise _wait(f"Batas {most} terbitan per 24 jam akun Instagram ini sudah tercapai.", 3600.0)


def _image(url: str, alt: str) -> dict[str, str]:
    return {"image_url": url, **({"alt_text": alt} if alt else {})}


def _comment(out: Outgoing) -> str:
    if not out.target_external_id.isdigit():
        raise Permanent("Ini bukan komentar Instagram.")
    return out.target_external_id


def _sent(found: Any, name: str = "id") -> Sent:
    try:
        return Sent(str(found[name]))
    except (KeyError, TypeError) as error:
        raise OutcomeUnknown("Jawaban Instagram sesudah kiriman tidak terbaca.") from error


def _bare(text: str) -> str:
    """A text without the mentions it begins with and with single spaces."""
    words = text.split()
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words)
