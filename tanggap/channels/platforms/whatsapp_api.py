"""Speaks with the WhatsApp Cloud API and says what its error codes mean, in calls and in reports of failure alike.

Sources, seen 2026-11-22: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes,
…/whatsapp/throughput (130429), …/whatsapp/about-the-platform (pair rate, 131056), …/whatsapp/templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanggap.channels.connector import Account, Attachment
from tanggap.channels.errors import ConnectorError, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.multipart import Part, form
from tanggap.channels.platforms.meta_graph import HOST, VERSION, Graph, refusal, wait_of
from tanggap.channels.speaking import retry_after
from tanggap.core import http

NAME = "WhatsApp"
PAIR_WAIT = 8.0
"""Seconds: one message every 6 s to the same citizen, and a little for both clocks."""

_REASONS = {
    130472: "WhatsApp mengecualikan warga ini dari pesan yang dimulai pemerintah; tunggu ia menulis lagi",
    131009: "isi salah satu bidang tidak diterima; periksa nomor tujuan dan lampirannya",
    131021: "nomor tujuan sama dengan nomor resmi ini",
    131026: "pesan tidak dapat disampaikan: nomornya mungkin tidak memakai WhatsApp, memblokir nomor ini, belum "
    "menyetujui ketentuan baru, atau aplikasinya terlalu lama; hubungi warga lewat jalan lain",
    131047: "sudah lebih dari 24 jam sejak pesan terakhir warga; kirim templat yang disetujui, atau tunggu ia menulis "
    "lagi",
    131049: "Meta tidak menyampaikan templat ini agar warga tidak menerima terlalu banyak pesan; tunggu 24 jam",
    131050: "warga ini menolak pesan promosi dari nomor ini; hanya balas bila ia menulis",
    131051: "jenis pesan ini tidak didukung",
    131052: "lampiran dari warga tidak dapat diunduh; minta ia mengirim ulang",
    131053: "lampiran ditolak; periksa jenis dan ukuran berkasnya",
    132000: "banyaknya isian tidak sama dengan yang diminta templat; lengkapi semuanya",
    132001: "templat ini tidak ada dalam bahasa itu, atau belum disetujui; pilih dari daftar templat",
    132005: "templat menjadi terlalu panjang setelah diisi; persingkat isiannya",
    132007: "isi templat melanggar aturan WhatsApp; ubah templatnya",
    132012: "bentuk isian templat tidak sesuai; periksa setiap isian",
    132015: "templat ini dijeda Meta karena mutunya rendah; perbaiki di WhatsApp Manager atau pilih yang lain",
    132016: "templat ini dimatikan Meta karena mutunya; pilih templat lain",
    132018: "isian templat tidak diterima; hapus baris baru, tab, dan spasi beruntun dari isian",
}  # fmt: skip
"""What is wrong with this one message, by code; 132xxx are about templates."""

_ACCOUNT = {
    33: "nomor ini sudah dihapus dari akun WhatsApp Business",
    130497: "akun WhatsApp Business ini tidak boleh mengirim ke negara tujuan",
    131005: "token tidak berizin whatsapp_business_messaging",
    131031: "akun WhatsApp Business ini dikunci Meta; periksa pemberitahuannya di WhatsApp Manager",
    131037: "nama tampilan nomor ini belum disetujui; selesaikan di WhatsApp Manager",
    131042: "ada masalah pembayaran pada akunnya; lengkapi metode pembayaran di Meta Business Suite",
    131045: "nomor ini belum terdaftar dengan sertifikat yang sah; daftarkan ulang nomornya",
    133010: "nomor ini belum terdaftar di Cloud API; daftarkan nomornya",
    134011: "ketentuan pembayaran WhatsApp belum disetujui pemilik akun",
}
"""What holds up the whole number until somebody mends the account."""

_RATES = {
    4: ("aplikasi ini terlalu sering memanggil", None),
    80007: ("akun WhatsApp Business ini mencapai batas panggilannya", None),
    130429: ("nomor ini mencapai batas pesan per detik", 5.0),
    131048: ("banyak pesan nomor ini diblokir atau dilaporkan; periksa mutunya di WhatsApp Manager", 3600.0),
    131057: ("akun ini sedang dalam pemeliharaan", 120.0),
    133016: ("terlalu sering mendaftar ulang nomor ini", 3600.0),
}  # fmt: skip
"""What passes by waiting, with the seconds to wait where Meta says none."""


_DIGITS = re.compile(r"[0-9]{5,30}")


class Line(Graph):
    """A line to the Graph API that knows WhatsApp's own codes; `number` is the phone number's id."""

    def __init__(self, account: Account) -> None:
        base = (account.api_base or account.developer.api_base or HOST).rstrip("/")
        trusted = account.trusted_base or account.developer.trusted_base
        secret = account.developer.client_secret
        super().__init__(f"{base}/{VERSION}", account.token, secret, name=NAME, trusted=trusted)
        self.number = account.external_id or str(account.settings.get("phone_number_id", ""))
        self.business = str(account.settings.get("waba_id", ""))
        if not all(_DIGITS.fullmatch(one) for one in (self.number, self.business)):
            raise Permanent(
                "ID nomor telepon dan ID akun WhatsApp Business hanya berisi angka; periksa keduanya."
            )

    def _means(self, answer: http.Answer, sent: bool) -> ConnectorError | None:
        return meaning(answer) or refusal(answer, sent, NAME)

    def upload(self, one: Attachment) -> str:
        """This will upload a file and return its media id, good for 30 days; nothing reaches the citizen by it.

        Temporary where it is not known to have arrived: another upload does no harm.
        """
        name = one.name or "lampiran"
        body, kind = form(
            {"messaging_product": "whatsapp", "type": one.type}, [Part("file", name, one.type, one.content)]
        )
        try:
            found = self.write(f"/{self.number}/media", content=body, headers={"Content-Type": kind})
            return str(found["id"])
        except (OutcomeUnknown, KeyError, TypeError) as error:
            raise Temporary(
                "Lampiran belum diterima WhatsApp; pesannya belum dikirim.", everywhere=False
            ) from error


def meaning(answer: http.Answer) -> ConnectorError | None:
    """This will say what one of WhatsApp's own codes means for trying again; None for any other answer."""
    try:
        code = answer.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
    if code == 131056:
        why = (
            "Terlalu banyak pesan ke warga yang sama dalam waktu singkat (#131056); dilanjutkan sesudah jeda."
        )
        return Temporary(why, retry_after(answer) or PAIR_WAIT, everywhere=False)
    if code in _RATES:
        why, wait = _RATES[code]
        return Temporary(
            f"WhatsApp meminta jeda (#{code}): {why}.", wait_of(answer.headers) or retry_after(answer) or wait
        )
    if code in _ACCOUNT:
        return NeedsLogin(f"WhatsApp menahan nomor ini (#{code}): {_ACCOUNT[code]}.")
    return Permanent(f"WhatsApp menolak (#{code}): {_REASONS[code]}.") if code in _REASONS else None


def reason(error: Any) -> str:
    """This will put one entry of a report's `errors` into a sentence for officers; "" where it says nothing."""
    if not isinstance(error, dict):
        return ""
    code, data = error.get("code"), error.get("error_data")
    number = code if isinstance(code, int) and not isinstance(code, bool) else 0
    known = _REASONS.get(number) or _ACCOUNT.get(number) or _RATES.get(number, ("",))[0]
    details = data.get("details") if isinstance(data, dict) else None
    said = known or next(
        (one for one in (details, error.get("message"), error.get("title")) if isinstance(one, str) and one),
        "",
    )
    return f"Tidak sampai (#{number}): {said[:300].rstrip('.')}." if said else ""


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template as the reply box offers it; `values` names its blanks in order ("1", "2" or words)."""

    name: str
    language: str
    category: str
    body: str
    values: tuple[str, ...] = ()
    header: str = ""
    footer: str = ""


_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def templates(line: Line) -> list[Template]:
    """This will list the approved templates of the business account; errors as of `Speaker.read`."""
    found: list[Template] = []
    after: str | None = None
    for _ in range(20):
        page = line.read(
            f"/{line.business}/message_templates",
            {
                "fields": "name,language,status,category,components",
                "status": "APPROVED", "limit": 100, "after": after,
            },
        )  # fmt: skip
        found += [_template(one) for one in page.get("data") or () if one.get("status") == "APPROVED"]
        paging = page.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        if not after or not paging.get("next"):
            break
    return found


def _template(one: Mapping[str, Any]) -> Template:
    parts = {
        str(part.get("type", "")).upper(): str(part.get("text") or "") for part in one.get("components") or ()
    }
    body = parts.get("BODY", "")
    return Template(
        name=str(one.get("name", "")), language=str(one.get("language", "")),
        category=str(one.get("category", "")), body=body, values=tuple(dict.fromkeys(_BLANK.findall(body))),
        header=parts.get("HEADER", ""), footer=parts.get("FOOTER", ""),
    )  # fmt: skip


def filled(template: Mapping[str, Any]) -> dict[str, Any]:
    """This will turn {"name", "language", "values"} into the API's template object; Permanent without a name.

    `values` is a list for numbered blanks and a mapping for named ones.
    """
    name, language = template.get("name"), template.get("language") or "id"
    if not isinstance(name, str) or not name:
        raise Permanent("Templat belum dipilih; pilih dari daftar templat yang disetujui.")
    values = template.get("values") or []
    if isinstance(values, Mapping):
        blanks = [{"type": "text", "parameter_name": key, "text": str(one)} for key, one in values.items()]
    else:
        blanks = [{"type": "text", "text": str(one)} for one in values]
    whole: dict[str, Any] = {"name": name, "language": {"code": str(language)}}
    return {**whole, "components": [{"type": "body", "parameters": blanks}]} if blanks else whole
