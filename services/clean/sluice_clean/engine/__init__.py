"""The cleaning engine: a raw file in, typed Parquet, rejects and a report out. It knows DuckDB and no AWS.

>>> report = clean(Source.local("cars.csv"), target, settings=settings, connect=lambda: local_connection(settings))
"""

from sluice_clean.engine.errors import EngineError
from sluice_clean.engine.model import CleanSettings, Lineage, Reference, Source, Target
from sluice_clean.engine.report import Change, ColumnReport, Dialect, Example, Part, Report
from sluice_clean.engine.run import clean
from sluice_clean.engine.work import local_connection

__all__ = [
    "Change",
    "CleanSettings",
    "ColumnReport",
    "Dialect",
    "EngineError",
    "Example",
    "Lineage",
    "Part",
    "Reference",
    "Report",
    "Source",
    "Target",
    "clean",
    "local_connection",
]
