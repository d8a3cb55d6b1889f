"""Pieces of texts that are made to be slow when they stand a thousand times one after another."""

PIECES = (
    "1 ", "1-", "08 ", "nol delapan ", "jl a", "rt 1 ", "rumah rt", "a.b@c.", "at gmail dot ", "titik a titik ",
    "Pak Budi ", "saya A", "lahir 2000-", "AB 1234 ", "-7.123,", "7°1'", "hamil ", "nik1", "akta 3471-LT-",
    "di beji ", "Depok, ", "curug ", "gg ", "Jl. A B ", "jl x no 1 no 1 ", "Stasiun Depok ", "\u200b1",
)  # fmt: skip
