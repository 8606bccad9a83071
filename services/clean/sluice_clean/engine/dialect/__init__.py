"""Finds how a delimited file is written, by searching: every candidate reads the sample, the most regular wins.

A reading is scored on the whole structure: how uniform the number of fields is, how many fields there are, how far
the cells of a column are of one kind, and how many cells look like something (a number, a date, a word) rather than
like pieces of a wrongly cut line. Where the table lies (below a preamble, above a footer) is part of the search.
"""

from sluice_clean.engine.dialect.search import find_dialect
from sluice_clean.engine.dialect.shape import Shape

__all__ = ["Shape", "find_dialect"]
