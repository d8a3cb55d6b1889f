"""openpyxl's reader of XLSX files with the shared strings on disk, so that memory does not grow with the file."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS

_MB = 1024 * 1024
_MOST_TEXT = 100_000  # the format itself allows 32,767 characters in a cell


class Reader(ExcelReader):
    """openpyxl's reader with its shared strings in a file."""

    def __init__(self, file: Path, kept: IO[bytes]) -> None:
        super().__init__(str(file), read_only=True, data_only=True, keep_links=False)
        self._kept = kept

    def read_strings(self) -> None:
        package: Any = self.package
        found = package.find(SHARED_STRINGS)
        if found is not None:
            source = self.archive.open(found.PartName[1:])
            self.shared_strings = Texts(source, self._kept)  # type: ignore[assignment]  # it is read as a list


class Texts:
    """The shared strings of a file as a list that lies on disk, 8 bytes each in memory; read as far as was asked."""

    def __init__(self, source: IO[bytes], kept: IO[bytes]) -> None:
        self._source, self._kept, self._written, self._whole = source, kept, 0, False
        self._ends = array("Q")
        self._pieces: list[str] = []
        self._length, self._inside, self._phonetic = 0, False, False
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._end
        parser.CharacterDataHandler = self._said
        parser.StartDoctypeDeclHandler = self._refuse

    def __getitem__(self, at: int) -> str:
        while at >= len(self._ends) and not self._whole:
            chunk = self._source.read(_MB)
            self._whole = not chunk
            self._parser.Parse(chunk, self._whole)
            self._kept.flush()
        begin, end = self._ends[at - 1] if at else 0, self._ends[at]
        return os.pread(self._kept.fileno(), end - begin, begin).decode("utf-8", "surrogatepass")

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            self._pieces, self._length = [], 0
        elif tag == "rPh":
            self._phonetic = True
        self._inside = tag == "t" and not self._phonetic

    def _said(self, text: str) -> None:
        if self._inside:
            self._length += len(text)
            if self._length > _MOST_TEXT:
                raise ValueError("a text beyond all measure")
            self._pieces.append(text)

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        self._inside = False
        if tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            content = "".join(self._pieces).encode("utf-8", "surrogatepass")
            self._kept.write(content)
            self._written += len(content)
            self._ends.append(self._written)

    def _refuse(self, *_: object) -> None:
        raise ValueError("a document type has no place in a spreadsheet")
