"""What the search answers."""

from dataclasses import dataclass

from sluice_clean.engine.dialect.text import is_rule
from sluice_clean.engine.records import Form


@dataclass(frozen=True)
class Shape:
    """A dialect, where the table lies, and what the sample showed under it.

    A reader skips ``skip`` physical lines, takes ``header_rows`` records as header, ignores every line that
    `is_noise` where a record may begin, and ignores the last ``footer`` physical lines.

    Attributes:
        form: Delimiter, quote, escape, and what is unusual around them.
        width: Fields in a record.
        header: The labels, one per field, joined where the header has several rows; None when there are none.
            A header that stands in a comment lies within ``skip``: then it is given and ``header_rows`` is 0.
        lead: Fields of the first record, as many as it has.
        score: 0..1, how regular the sample is.
        skip: Physical lines before the header, or before the first record where there is no header.
        header_rows: Records that are the header: 0, 1, 2 or more.
        comment: What a comment line begins with; None when there are none.
        rules: Whether lines that only draw a rule (of dashes, under a header or around a table) are no records.
        footer: Physical lines at the end of the file that are notes; None when the sample does not reach the end.
        repeats_header: Whether records that equal the header were seen.
        quoted: Whether the quote was seen at work; a file without any may still have one further on.
        confidence: 0..1, how far ahead of the next best dialect it is.
    """

    form: Form
    width: int
    header: list[str] | None
    lead: list[str]
    score: float
    skip: int = 0
    header_rows: int = 0
    comment: str | None = None
    rules: bool = False
    footer: int | None = None
    repeats_header: bool = False
    quoted: bool = False
    confidence: float = 0.0

    def is_noise(self, line: str) -> bool:
        """Whether a physical line, at the place where a record may begin, is a comment or a rule."""
        if self.comment is not None and line.startswith(self.comment):
            return True
        return self.rules and is_rule(line)
