"""The one error for deeds that a user asked for and that cannot be done as asked."""

from __future__ import annotations


class Refusal(Exception):
    """A text for the user: what happened, what was kept, what to do next. `field` names the form field at fault."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.text, self.field = text, field

    def __str__(self) -> str:
        return str(self.text)
