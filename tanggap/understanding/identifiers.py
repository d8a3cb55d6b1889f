"""Numbers and codes that stand for one person: by their structure, and by the words before them."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from tanggap.understanding.reading import DataType, FoundData

_GROUP = re.compile(r"\d+")
_JOINT = re.compile(r"[ .\-/()]{1,3}")
_SHORTEST, _LONGEST, _MOST_GROUPS = 5, 18, 7
_BEFORE = 48

_SECONDS = ("123456789", "1", "123456", "123", "12345", "123456", "12", "123456")
_PROVINCES = frozenset(
    f"{first}{second}" for first, seconds in zip("12356789", _SECONDS, strict=True) for second in seconds
)
_MOBILE = re.compile(r"(?:0|62)8(?:1[1-9]|2[1-3]|3[1-358]|5[1-35-9]|7[78]|8[1-9]|9[5-9])\d{6,10}")
_LANDLINE = re.compile(
    r"(?:0|62)(?:2[1-4]|31|61|2[5-9]\d|3[2-9]\d|4\d\d|5[1-6]\d|6[2-5]\d|7[1-7]\d|9\d\d)\d{5,8}"
)

_KEYS = re.compile(
    r"\b(?:(?P<kk>(?:no)?kk|kartu keluarga|kartu kulawarga)"
    r"|(?P<nik>(?:no)?nik|(?:no|e-?)?ktp|(?:nomor|nomer|no\.?) (?:induk(?: kependudukan)?|identitas))"
    r"|(?P<npwp>npwp|(?:nomor|nomer|no\.?) pokok wajib pajak)"
    r"|(?P<bpjs>bpjs|jkn|kis|kpj|jamsostek|peserta|noka)"
    r"|(?P<phone>telp|tlp|telepon|telpon|tel|hp|nohp|wa|nowa|whatsapp|hubungi|kontak|call|sms|fax|kartu sim"
    r"|sim ?card)"
    r"|(?P<driving_licence>sim(?: [abcd]\d?)?|surat i[zj]in mengemudi)"
    r"|(?P<nisn>nisn|nomor induk siswa nasional)"
    r"|(?P<nip>nip|nipppk|nrp)"
    r"|(?P<card>kartu (?:kredit|debi?t|debet|atm)|(?:credit|debit) card|visa|master ?card|amex|atm|cc)"
    r"|(?P<customer_number>pelanggan|langganan|idpel|id pel|nopel|no\.? ?pel|nosambung|sambungan"
    r"|(?:no\.? ?|nomor |nomer )meter(?:an)?"
    r"|nosal|id pdam|(?:no\.? ?|nomor |nomer )pdam)"
    r"|(?P<bank_account>rek|norek|rekening|transfer|tf)"
    r"|(?P<bank>bca|bri|bni|mandiri|bsi|btn|bpd|bjb|cimb|danamon|permata|jago|seabank|bank)"
    r"|(?P<passport>paspor|passport))"
    r"(?:-?(?:nya|ku|mu|ne|na|e))?(?<!wae)(?![a-z])"
)
_GLUED = frozenset(
    "nik nonik kk nokk ktp noktp npwp hp nohp wa nowa telp tlp no nomor nip nisn bpjs sim rek norek idpel nopel".split()
)
"""Words that people write without a space before a number."""
_LETTERS_LEFT = re.compile(r"[A-Za-z]+(?![\w@#])")
_NOT_A_PERSON = re.compile(
    r"(?:\brp\.? ?|\b(?:nop|nib|imb|pbg|spk|slf|no\.? ?sk|registrasi|isbn|resi|booking)[ :.\-#]{0,2}"
    r"|\bidr ?|\brupiah |\bresi |\btiket |\blaporan |\bno\.? ?surat |\baduan |\bperda |\bid[: ]?lapor )$"
)

_PLATE = re.compile(r"(?<![\w@#/])([A-Za-z]{1,2})([ .\-]?)(\d{1,4})([ .\-]?)([A-Za-z]{1,3})(?![\w@])")
_PLATE_KEY = re.compile(
    r"\b(?:plat|nopol|pelat|no\.? ?pol|motor|mobil|truk|truck|bus|angkot|pickup|nomor polisi|plat nomor|avanza"
    r"|beat|vario)\b"
)
_PLATE_REGIONS = frozenset(
    (
        "A B D E F G H K L M N P R S T W Z AA AB AD AE AG BA BB BD BE BG BH BK BL BM BN BP DA DB DC DD DE DG DH"
        " DK DL DM DN DP DR DS DT DW EA EB ED KB KH KT KU PA PB PG PS"
    ).split()
)
_NOT_PLATE_ENDS = frozenset(
    "DAN DI KE RT RW TAK ADA YG TH KM KG CM MM GB MB JT RB K M T H WIB WIT AM PM NO JAM HR BLN".split()
)
_CERTIFICATE = re.compile(
    r"(?<!\w)\d{4}(?: ?- ?|[ ./])(?:LT|LU|LD|LI|LN|KW|CR|KM|PA|PI)(?: ?- ?|[ ./])\d{8}(?: ?- ?|[ ./])\d{4}(?!\w)",
    re.IGNORECASE,
)
_FORMATTED_NPWP = re.compile(r"(?<!\d)\d{2}\.\d{3}\.\d{3}\.\d-\d{3}\.\d{3}(?![\d.])")
_PASSPORT = re.compile(r"(?<!\w)[A-Za-z]{1,2} ?\d{6,8}(?!\w)")
_COORDINATES = re.compile(
    r"(?<![\d.])(-?\d{1,2}[.,]\d{3,16})(?P<turned>°? ?(?:LS|LU|[SN])\b|°)?\s?[,;/ ]\s?"
    r"(\d{2,3}[.,]\d{3,16})(?:°? ?(?:BT|E)\b|°)?(?![\d])"
)
_DEGREES = re.compile(
    r"(?<!\d)\d{1,2}° ?\d{1,2}['’′] ?\d{1,2}(?:[.,]\d{1,6})?[\"”″]? ?(?:LS|LU|[SN])[ ,]{1,2}"
    r"\d{2,3}° ?\d{1,2}['’′] ?\d{1,2}(?:[.,]\d{1,6})?[\"”″]? ?(?:BT|E)\b"
)


_ANY = "0123456789"
_STARTS = {9: "06", 10: "06", 11: "06", 12: "06", 13: "06", 15: "3456", 16: _ANY, 18: "12"}
"""How long a number is, and how it begins, that is known by its structure alone."""


class Number(NamedTuple):
    """Digits without what parts them, the kind that the words before speak of, and where the groups stand."""

    digits: str
    key: str | None
    groups: list[tuple[int, int]]


def numbers(text: str, lowered: str) -> Iterator[FoundData]:
    """This will find identity, tax, insurance, staff, pupil, phone, bank, card and customer numbers."""
    groups = [found.span() for found in _GROUP.finditer(text)]
    first = 0
    for at in range(1, len(groups) + 1):
        if at == len(groups) or not _JOINT.fullmatch(text, groups[at - 1][1], groups[at][0]):
            if groups[at - 1][1] - groups[first][0] >= _SHORTEST:
                yield from _in_run(text, lowered, groups[first:at])
            first = at


def plates(text: str, lowered: str) -> Iterator[FoundData]:
    """This will find vehicle plates: of a known region, in capitals or beside a word for a vehicle."""
    for found in _PLATE.finditer(text):
        region, gap, digits, second, end = found.groups()
        if region.upper() not in _PLATE_REGIONS or end.upper() in _NOT_PLATE_ENDS or digits.startswith("0"):
            continue
        named = _PLATE_KEY.search(lowered, max(0, found.start() - _BEFORE), found.start()) is not None
        capital = (
            region.isupper() and end.isupper() and len(digits) > 1 and (len(end) > 1 or bool(gap and second))
        )
        if named or (capital and (gap == second or not second)):
            yield FoundData("plate", *found.span())


def written_codes(text: str, lowered: str) -> Iterator[FoundData]:
    """This will find numbers with a written form of their own: certificates, tax numbers, passports."""
    for found in _CERTIFICATE.finditer(text):
        yield FoundData("certificate", *found.span())
    for found in _FORMATTED_NPWP.finditer(text):
        yield FoundData("npwp", *found.span())
    if "paspor" in lowered or "passport" in lowered:
        for found in _PASSPORT.finditer(text):
            if key_of(lowered[max(0, found.start() - _BEFORE) : found.start()]) == "passport":
                yield FoundData("passport", *found.span())


def coordinates(text: str) -> Iterator[FoundData]:
    """This will find pairs of latitude and longitude that lie in Indonesia."""
    for found in _COORDINATES.finditer(text):
        latitude, longitude = (float(found.group(at).replace(",", ".")) for at in (1, 3))
        south = (found.group("turned") or "").strip(" °") in ("S", "LS")
        if -11.5 <= (-latitude if south else latitude) <= 6.5 and 94.5 <= longitude <= 141.5:
            yield FoundData("coordinates", *found.span())
    for found in _DEGREES.finditer(text) if "°" in text else ():
        yield FoundData("coordinates", *found.span())


def _in_run(text: str, lowered: str, groups: list[tuple[int, int]]) -> Iterator[FoundData]:
    """Numbers among groups of digits that stand close together; the first and longest reading wins.

    The words before the run tell of all of it, so that the work stays linear.
    """
    before = lowered[max(0, groups[0][0] - _BEFORE) : groups[0][0]]
    if _NOT_A_PERSON.search(before):
        return
    key = key_of(before)
    sizes = [end - start for start, end in groups]
    most = len(groups) if sum(sizes) <= _LONGEST else _MOST_GROUPS
    at = 0
    while at < len(groups):
        sums = list(accumulate(sizes[at : at + most]))
        first = text[groups[at][0]]
        for last in range(len(sums), 0, -1):
            known = _STARTS.get(sums[last - 1], "") if key is None else _ANY
            kind = _kind(text, key, groups[at : at + last]) if first in known else None
            if kind:
                chosen = groups[at : at + last]
                yield FoundData(kind, _opening(text, chosen[0][0], chosen[-1][1]), chosen[-1][1])
                at += last - 1
                break
        at += 1


def _opening(text: str, start: int, end: int) -> int:
    """A plus sign or the bracket round an area code belongs to the number."""
    before = text[start - 1] if start else ""
    return start - 1 if before == "+" or (before == "(" and ")" in text[start:end]) else start


def _free(text: str, start: int, end: int) -> bool:
    """Not part of a word: "wa.me/62…" and "rek:123" are free, "a123" is not."""
    glued = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")
    if glued:
        word = _LETTERS_LEFT.match(text[max(0, start - 8) : start][::-1])
        glued = word is None or word.group()[::-1].lower() not in _GLUED
    return not glued and not (end < len(text) and (text[end].isalnum() or text[end] == "_"))


def key_of(before: str) -> str | None:
    """This will tell the kind whose word stands last before a number, None where no such word stands."""
    last = None
    for found in _KEYS.finditer(before):
        # "kartu debit BCA" is still a card, "kartu BPJS" is one of the insurance.
        last = last if last == "card" and found.lastgroup == "bank" else found.lastgroup
    return "bank_account" if last == "bank" else last


def _kind(text: str, key: str | None, groups: list[tuple[int, int]]) -> DataType | None:
    if not _SHORTEST <= sum([end - start for start, end in groups]) <= _LONGEST:
        return None
    if not _free(text, groups[0][0], groups[-1][1]):
        return None
    return kind_of(Number("".join([text[start:end] for start, end in groups]), key, groups))


def kind_of(number: Number) -> DataType | None:
    """This will tell what a number is, by its digits, its grouping and the word before it; None if nothing personal."""
    digits, key, _groups = number
    for kind, test in _TESTS.get(len(digits), ()):
        if test(number):
            return kind
    if _is_phone(number):
        return "phone"
    if key == "customer_number" and len(digits) <= 14:
        return "customer_number"
    if key == "bank_account" and 8 <= len(digits) <= 18:
        return "bank_account"
    if key == "driving_licence" and 12 <= len(digits) <= 16:
        return "driving_licence"
    return "bpjs" if key == "bpjs" and len(digits) == 11 else None


def _is_phone(number: Number) -> bool:
    digits, key, groups = number
    if digits[0] not in "06" or key in ("customer_number", "bpjs", "nisn"):
        return False
    if key == "bank_account":
        # Wallets take a phone number as their account.
        return len(digits) in (11, 12) and digits[:2] == "08" and _MOBILE.fullmatch(digits) is not None
    if _MOBILE.fullmatch(digits) and (len(digits) <= 13 + (digits[0] == "6") or key == "phone"):
        return True
    if not _LANDLINE.fullmatch(digits) or not 9 <= len(digits) <= 12:
        return False
    parted = len(groups) in (2, 3) and groups[0][1] - groups[0][0] in (3, 4)
    return key == "phone" or (parted and len(digits) <= 11)


def _is_kk(number: Number) -> bool:
    return number.key == "kk" and number.digits[:2] in _PROVINCES


def _is_nik(number: Number) -> bool:
    if number.key in ("card", "bank_account", "driving_licence", "npwp"):
        return False
    return _dated(number.digits) or (number.key == "nik" and number.digits[:2] in _PROVINCES)


def _is_npwp(number: Number) -> bool:
    return number.key == "npwp"


def _is_card(number: Number) -> bool:
    digits = number.digits
    return digits[0] in "3456" and _luhn(digits) and (number.key == "card" or len(digits) == 16)


def _is_nip(number: Number) -> bool:
    digits = number.digits
    born = 1940 <= int(digits[:4]) <= 2010 and _is_day(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    appointed = 1960 <= int(digits[8:12]) <= 2035 and (1 <= int(digits[12:14]) <= 12 or digits[12:14] == "21")
    return born and appointed and digits[14] in "12"


def _is_health_card(number: Number) -> bool:
    return number.digits.startswith("000") or number.key == "bpjs"


def _is_nisn(number: Number) -> bool:
    return number.key == "nisn"


def _dated(digits: str) -> bool:
    """Region, date (day + 40 for women) and serial of a NIK."""
    day, month = int(digits[6:8]), int(digits[8:10])
    day -= 40 if day > 40 else 0
    known = digits[:2] in _PROVINCES and digits[2:4] != "00" and digits[12:] != "0000"
    return known and _is_day(2000, month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 if n > 9 else n for n in doubled)) % 10 == 0


_TESTS: dict[int, tuple[tuple[DataType, Callable[[Number], bool]], ...]] = {
    10: (("nisn", _is_nisn),),
    13: (("bpjs", _is_health_card),),
    15: (("npwp", _is_npwp), ("card", _is_card)),
    16: (("kk", _is_kk), ("npwp", _is_npwp), ("nik", _is_nik), ("card", _is_card)),
    18: (("nip", _is_nip),),
}
