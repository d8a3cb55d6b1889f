"""The vocabulary cut down: a sentencepiece model of the pieces that a set of texts uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sentencepiece import SentencePieceProcessor, sentencepiece_model_pb2

from tanggap.understanding.deep.base import Base
from tanggap.understanding.deep.pieces import plain

_SPECIAL = 4
_END = 2
_UNKNOWN, _CONTROL = 2, 3
_PLAIN = re.compile("\u2581?[a-z]+")


def cut_down(base: Base, texts: Iterable[str], most: int = 40_000) -> tuple[Base, bytes]:
    """This will keep the pieces that the texts use, single letters and emoji, and then the most frequent plain ones.

    Returns the smaller base, its word table in the order of the sentencepiece model that comes with it.
    """
    machine = SentencePieceProcessor(model_proto=_model(base.pieces, base.scores))
    used = {piece for ids in machine.encode([plain(text) for text in texts], num_threads=2) for piece in ids}
    single = {at for at, piece in enumerate(base.pieces) if len(piece) == 1 and _letter_or_emoji(piece)}
    kept = {number + 1 for number in used if number > _END} | single
    plain_ones = [at for at in range(_SPECIAL, len(base.pieces)) if _PLAIN.fullmatch(base.pieces[at])]
    for at in sorted(plain_ones, key=lambda at: -base.scores[at]):
        if len(kept) >= most:
            break
        kept.add(at)
    smaller = base.only(kept)
    return _ordered(smaller), _model(smaller.pieces, smaller.scores)


def _ordered(base: Base) -> Base:
    """Rows by the numbers of the sentencepiece model: unknown, begin, end, then the rest."""
    table = base.tensors["emb.word"]
    rows = [3, 0, 2, *range(_SPECIAL, len(base.pieces))]
    return Base(
        base.width, base.layers, base.attention_heads, base.inner, base.epsilon,
        tuple(base.pieces[row] for row in rows), tuple(base.scores[row] for row in rows),
        {**base.tensors, "emb.word": table[rows]},
    )  # fmt: skip


def _model(pieces: Sequence[str], scores: Sequence[float]) -> bytes:
    """A sentencepiece model over base.pieces, whose first four are <s>, <pad>, </s>, <unk>."""
    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    for name, kind in (("<unk>", _UNKNOWN), ("<s>", _CONTROL), ("</s>", _CONTROL)):
        model.pieces.add(piece=name, score=0.0, type=kind)
    for piece, score in zip(pieces[_SPECIAL:], scores[_SPECIAL:], strict=True):
        model.pieces.add(piece=piece, score=score)
    model.trainer_spec.model_type = 1
    model.trainer_spec.unk_id, model.trainer_spec.bos_id, model.trainer_spec.eos_id = 0, 1, 2
    model.trainer_spec.pad_id = -1
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = True
    model.normalizer_spec.escape_whitespaces = True
    return bytes(model.SerializeToString())


def _letter_or_emoji(piece: str) -> bool:
    return piece < "\u0250" or piece >= "\U0001f300" or "\u2600" <= piece <= "\u27bf"
