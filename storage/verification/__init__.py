"""Finds out whether a record is whole: rows, order, hash chains, noted and sealed ends, tables.

Whatever is wrong is said in a sentence with its event numbers and kind. The stand-alone verifier
(resources/verifier) says the same sentences and shares no code with this.
"""

from storage.verification.journals import JournalChain, verify_courses
from storage.verification.record import RecordReport, verify_all, verify_record
from storage.verification.session import ChainReport, verify_chain

__all__ = [
    "ChainReport",
    "JournalChain",
    "RecordReport",
    "verify_all",
    "verify_chain",
    "verify_courses",
    "verify_record",
]
