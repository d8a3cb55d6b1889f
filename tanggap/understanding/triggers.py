"""Words after which personal data may stand, found in one pass, so that nothing else looks at most texts."""

from functools import cache
from typing import Literal

from ahocorasick_rs import AhoCorasick, Implementation

Trigger = Literal["self", "opener", "ill", "street", "home", "born"]
Found = dict[Trigger, list[tuple[int, int]]]

_WORDS: dict[Trigger, str] = {
    "self": "saya|sy|aku|kulo|abdi|perkenalkan|h|hj|pasien|om|tante|ir|dr|drs|drg|teh|ibu|bu|pak|bapak|bpk|mas|mbak|mba|bang|kang|teteh|ceu"
    "|mbah|eyang|ustadz|ustad|ust|kyai|gus|almarhum|almarhumah|alm|pakde|bude|kakek|nenek|simbah",
    "opener": "atas nama|a.n|an|nama|nama saya|namanya|bernama|nama lengkap|sdr|sdri|saudara|saudari|nami|asma",
    "ill": "hiv|aids|odha|tbc|tb paru|kanker|tumor|leukemia|diabetes|stroke|epilepsi|skizofrenia|bipolar|depresi|hepatitis|gagal ginjal"
    "|cuci darah|hemodialisa|talasemia|thalasemia|jantung|hamil|keguguran|sifilis|kusta|lumpuh|autis|autisme|down syndrome"
    "|gangguan jiwa|odgj|positif covid|dbd|demam berdarah|stunting",
    "street": "jl|jln|jalan|gg|gang|perum|perumahan|komplek|kompleks|dusun|dsn|kampung|kp",
    "home": "alamat|alamatnya|rumah|tinggal|domisili|griya|bumi",
    "born": "lahir|ttl|kelahiran|born|lair",
}


def triggers(lowered: str) -> Found:
    """This will find the trigger words that stand alone, by kind, with their offsets; linear in the length."""
    found: Found = {}
    kinds, automaton = _automaton()
    for at, start, end in automaton.find_matches_as_indexes(lowered, overlapping=True):
        if (start and _inside(lowered[start - 1])) or (end < len(lowered) and _inside(lowered[end])):
            continue
        found.setdefault(kinds[at], []).append((start, end))
    return found


def _inside(char: str) -> bool:
    return char.isalnum() or char in "_@#"


@cache
def _automaton() -> tuple[list[Trigger], AhoCorasick]:
    pairs = [(kind, word) for kind, words in _WORDS.items() for word in words.split("|")]
    return [kind for kind, _ in pairs], AhoCorasick(
        [word for _, word in pairs], implementation=Implementation.DFA
    )
