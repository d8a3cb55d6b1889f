"""Texts as YouTube wants them: titles, answers that name their reader, terms of a query."""

from __future__ import annotations

from tanggap.channels.connector import Outgoing
from tanggap.channels.errors import Permanent

_MOST_TITLE = 100


def title(out: Outgoing) -> str:
    """This will return the given title, else the text's first line, cut at a word."""
    given = str(out.options.get("title") or "").strip()
    if len(given) > _MOST_TITLE:
        raise Permanent("Judul video lebih dari 100 karakter. Pendekkan lalu kirim lagi.")
    line = given or (out.text.strip().splitlines() or [""])[0].strip()
    if not line:
        raise Permanent("Video di YouTube harus punya judul: tulis teksnya.")
    if len(line) <= _MOST_TITLE:
        return line
    cut = line[: _MOST_TITLE - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def addressed(out: Outgoing) -> str:
    """This will return the text as it goes out: YouTube tells of a reply only whom it names."""
    handle = str(out.options.get("handle") or "")
    named = not handle.startswith("@") or handle.lower() in {
        one.rstrip(".,:;!?").lower() for one in out.text.split()
    }
    return out.text if named or "." not in out.target_external_id else f"{handle} {out.text}"


def thread_of(comment: str) -> str:
    """This will return the top-level comment, which alone can be replied to: a reply's id begins with it."""
    return comment.partition(".")[0]


def quoted(word: str) -> str:
    """This will write a word or phrase as one term of a query."""
    bare = " ".join(word.replace('"', " ").replace("|", " ").split())
    return f'"{bare}"' if " " in bare else bare.lstrip("-")
