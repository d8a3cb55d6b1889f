"""The tables of core, gathered for Django; each lives in the file that is named for it."""

from tanggap.core.audit import Entry
from tanggap.core.files import StoredFile
from tanggap.core.work import Job

__all__ = ["Entry", "Job", "StoredFile"]
