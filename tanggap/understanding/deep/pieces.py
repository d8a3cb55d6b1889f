"""Texts in pieces of words, as the base model was taught: sentencepiece's unigrams over a cut vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from sentencepiece import SentencePieceProcessor

MOST = 64
_TAIL = 16
"""A text has at most so many pieces: its first ones, and its last when it is longer."""

_BEGIN, _END = 1, 2
_HEAD_CHARACTERS, _TAIL_CHARACTERS = 600, 200
_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_CONTACT = re.compile(
    r"(?:\b(?:hubungi|hub|kontak|contact|cp|wa|whatsapp|telp|telepon|tlp|tel|hp|no|nomor|nomer|nmr|call|sms)\b"
    r"[ .:/-]*){0,4}(?:\+?62[ .-]?|\b0)8(?:[ .-]?\d){7,11}\b"
)
_LONG_NUMBER = re.compile(r"\d[\d .-]{5,}\d")
_REPEATED = re.compile(r"(\w)\1{2,}")


class Pieces:
    """Cuts texts into numbered pieces: 0 unknown, 1 begin, 2 end."""

    def __init__(self, model: Path | bytes) -> None:
        content = model.read_bytes() if isinstance(model, Path) else model
        self._machine = SentencePieceProcessor(model_proto=content)

    def __len__(self) -> int:
        return int(self._machine.vocab_size())

    def of(self, texts: Sequence[str]) -> list[list[int]]:
        """This will give each text's pieces, 2 to MOST of them; any string is allowed, work is bounded."""
        cut: list[list[int]] = self._machine.encode([plain(text) for text in texts], num_threads=1)
        return [[_BEGIN, *_short(ids), _END] for ids in cut]


def plain(text: str) -> str:
    """This will write a text as the model knows text: lower case, plain letters, no addresses or telephone numbers."""
    if len(text) > _HEAD_CHARACTERS + _TAIL_CHARACTERS:
        text = f"{text[:_HEAD_CHARACTERS]} {text[-_TAIL_CHARACTERS:]}"
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode()).lower()
    text = _LONG_NUMBER.sub("0", _CONTACT.sub(" ", _URL.sub("http", text)))
    return " ".join(_REPEATED.sub(r"\1\1", text).split())


def _short(ids: list[int]) -> list[int]:
    room = MOST - 2
    return ids if len(ids) <= room else ids[: room - _TAIL] + ids[-_TAIL:]
