"""What a reader says about one post, and its shape for outside programs."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Level = Literal["province", "regency", "district", "village", "street", "landmark"]
DataType = Literal[
    "nik",
    "kk",
    "npwp",
    "phone",
    "email",
    "bpjs",
    "passport",
    "driving_licence",
    "plate",
    "bank_account",
    "card",
    "nip",
    "nisn",
    "certificate",
    "address",
    "coordinates",
    "birth_date",
    "name",
    "health",
    "customer_number",
]


class Label(NamedTuple):
    """One of several labels: None means "don't know"; the score is the best candidate's probability."""

    label: str | None
    score: float
    candidates: tuple[tuple[str, float], ...]


class Flag(NamedTuple):
    """Yes or no, with the probability of yes."""

    value: bool
    score: float


class FoundPlace(NamedTuple):
    """A place named in a text; offsets are code points of the text as given, end exclusive.

    `code` is None where several places bear the name or it has no code; `candidates` lists every code it may be.
    """

    code: str | None
    name: str
    level: Level
    start: int
    end: int
    candidates: tuple[str, ...] = ()


class FoundData(NamedTuple):
    """A piece of personal data; offsets are code points of the text as given, end exclusive."""

    type: DataType
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one model read in one text.

    `topic.label` is None both for "don't know" and for "about no public service"; `topic_none` tells them apart.
    """

    model: str
    language: Label
    languages: tuple[str, ...]
    sentiment: Label
    emotion: Label
    intent: Label
    supervisory: Flag
    topic: Label
    topic_none: bool
    urgency: Label
    abusive: Flag
    spam: Flag
    places: tuple[FoundPlace, ...] = ()
    personal_data: tuple[FoundData, ...] = ()

    def as_contract(self, external_id: str) -> dict[str, Any]:
        """This will shape the reading as one line of `tanggap read`.

        Source: reading.schema.json of the contracts.
        """
        topic = _label(self.topic)
        topic["none"] = self.topic_none
        return {
            "external_id": external_id,
            "model": self.model,
            "language": _label(self.language),
            "languages": list(self.languages),
            "sentiment": _label(self.sentiment),
            "emotion": _label(self.emotion),
            "intent": _label(self.intent),
            "supervisory": self.supervisory._asdict(),
            "topic": topic,
            "urgency": _label(self.urgency),
            "abusive": self.abusive._asdict(),
            "spam": self.spam._asdict(),
            "places": [_place(found) for found in self.places],
            "personal_data": [found._asdict() for found in self.personal_data],
        }


def _label(label: Label) -> dict[str, Any]:
    return {
        "label": label.label,
        "score": label.score,
        "candidates": [list(candidate) for candidate in label.candidates],
    }


def _place(found: FoundPlace) -> dict[str, Any]:
    return {**found._asdict(), "candidates": list(found.candidates)}
