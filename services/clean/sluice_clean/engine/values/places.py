"""Places on earth: a pair of degrees, or GeoJSON."""

from sluice_clean.engine.sql import let, text_list
from sluice_clean.engine.values.choices import Choices
from sluice_clean.engine.values.expressions import cases, groups, matches
from sluice_clean.engine.values.nested import array_value, object_value

_DEGREES = r"[-+]?[0-9]{1,3}(?:\.[0-9]+)?"
PAIR = rf"\(?({_DEGREES})(?:, ?| )({_DEGREES})\)?"
POINT = rf"(?i:POINT) ?\(({_DEGREES}) +({_DEGREES})\)"
_LATITUDE, _LONGITUDE = 90, 180
LONGITUDE_FIRST = "lon,lat"
PLACE_FORMATS = ("default", "array", "object")  # Table Schema's, of a geopoint
# RFC 7946, and the specification of TopoJSON.
_GEOJSON = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
    "Feature",
    "FeatureCollection",
)
_TOPOJSON = ("Topology",)


def geopoint_value(text: str, choices: Choices) -> str:
    """SQL: a place, in degrees; of WKT's POINT(x y) x is the longitude. Else null.

    ``Choices.pattern``: "" for `latitude,longitude`, ``LONGITUDE_FIRST``, or Table Schema's `array` and `object`, which
    stay as they are.
    """
    if choices.pattern == "array":
        return _in_json(text, array_value(text, Choices("VARCHAR")), ("$[0]", "$[1]"), "json_array_length({0}) = 2")
    if choices.pattern == "object":
        return _in_json(text, object_value(text, Choices("VARCHAR")), ("$.lon", "$.lat"), "true")
    names, order = ("oa", "oa") if choices.pattern == LONGITUDE_FIRST else ("ao", "oa")
    pair, point = groups(text, f"^{PAIR}$", names), groups(text, f"^{POINT}$", order)
    first, second = ("o", "a") if choices.pattern == LONGITUDE_FIRST else ("a", "o")

    def place(found: str) -> str:
        told = f"ltrim({found}.{first}, '+') || ',' || ltrim({found}.{second}, '+')"
        return cases([(_inside(f"{found}.o", f"{found}.a"), told)])

    return cases([(matches(text, PAIR), let(pair, place)), (matches(text, POINT), let(point, place))])


def _inside(longitude: str, latitude: str) -> str:
    return f"abs({latitude}::DOUBLE) <= {_LATITUDE} AND abs({longitude}::DOUBLE) <= {_LONGITUDE}"


def _in_json(text: str, document: str, paths: tuple[str, str], also: str) -> str:
    longitude, latitude = (f"try_cast(json_extract_string({text}, '{path}') AS DOUBLE)" for path in paths)
    fits = f"coalesce({also.format(text)} AND {_inside(longitude, latitude)}, false)"
    return cases([(f"({document}) IS NOT NULL", cases([(fits, text)]))])


def geojson_value(text: str, choices: Choices) -> str:
    """SQL: ``text`` if it is an object that says it is GeoJSON, or (``Choices.pattern``) TopoJSON. Else null."""
    kinds = text_list(_TOPOJSON if choices.pattern == "topojson" else _GEOJSON)
    named = f"coalesce(list_contains({kinds}, json_extract_string({text}, '$.type')), false)"
    return cases([(f"({object_value(text, Choices('VARCHAR'))}) IS NOT NULL", cases([(named, text)]))])


def changes(text: str, value: str, choices: Choices) -> dict[str, str]:  # noqa: ARG001 - one face for all rules
    """SQL: a place got its canonical form."""
    return {"geo-form": f"({value} IS NOT NULL AND {value} <> {text})"}
