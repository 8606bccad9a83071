"""What a column's values mean: e-mail addresses, codes with check digits, places, links.

A meaning is given only where 95 % of the values looked at have its form and pass its check. Where a form says too
little (five digits may be anything), the column's name must say the same.
"""

from itertools import islice

from sluice_clean.engine.insight.meanings import MEANINGS, Meaning
from sluice_clean.engine.insight.model import ColumnProfile
from sluice_clean.engine.insight.table import Cells, Sample

ENOUGH = 0.95
_LOOKED_AT = 1_000  # different values
_FIRST = 20  # values that tell whether to go on


def add_meanings(sample: Sample, profiles: list[ColumnProfile]) -> list[tuple[str, str]]:
    """Writes the semantic types into the profiles.

    Returns:
        The pairs of columns that hold latitude and longitude.
    """
    for figures in profiles:
        found = meaning_of(sample[figures.name])
        if found is not None:
            figures.semantic_type, figures.semantic_share = found
    return _geo_pairs(profiles)


def meaning_of(cells: Cells) -> tuple[str, float] | None:
    """The semantic type of a column, and the share of its values that have it; None when there is none."""
    if cells.column.type in ("object", "array") and cells.filled:
        return "json", 1.0
    weights = {str(value): count for value, count in islice(cells.counts.items(), _LOOKED_AT)}
    for meaning in MEANINGS:
        if weights and meaning.may_be(cells):
            share = _share(meaning, weights)
            if share >= ENOUGH:
                return meaning.name, round(share, 4)
    return None


def _share(meaning: Meaning, weights: dict[str, int]) -> float:
    first = list(islice(weights, _FIRST))
    if sum(map(meaning.fits, first)) < len(first) // 2:
        return 0.0
    total = sum(weights.values())
    return sum(count for text, count in weights.items() if meaning.fits(text)) / total


def _geo_pairs(profiles: list[ColumnProfile]) -> list[tuple[str, str]]:
    """Each latitude with the longitude that stands nearest to it, each column once."""
    places: dict[str, list[int]] = {"latitude": [], "longitude": []}
    for place, figures in enumerate(profiles):
        if figures.semantic_type in places:
            places[figures.semantic_type].append(place)
    distances = sorted((abs(lat - lon), lat, lon) for lat in places["latitude"] for lon in places["longitude"])
    taken: set[int] = set()
    pairs = []
    for _, lat, lon in distances:
        if not taken & {lat, lon}:
            taken |= {lat, lon}
            pairs.append((lat, lon))
    return [(profiles[lat].name, profiles[lon].name) for lat, lon in sorted(pairs)]
