"""What may go wrong with the database, said so that a person can act on it."""


class PostgresError(Exception):
    """This will tell what happened, what was kept and what to do next."""

    def __init__(self, happened: str, *, kept: str = "Nothing was changed.", do: str) -> None:
        super().__init__(f"{happened} {kept} {do}")
        self.happened, self.kept, self.do = happened, kept, do
