"""Tables with errors and what their cells should be, of the kinds that error repair is measured with.

Raha (SIGMOD 2019), Baran (VLDB 2020) and HoloClean (VLDB 2017) are measured on tables of hospitals, flights, beers and
taxes. These are made-up tables of the same shape with the same kinds of errors at about the same rates: letters
replaced by x, sources that contradict each other, units and marks beside numbers, states within cities, typing errors
in what a postal code decides.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

Row = list[str]

_STATES = {"AL": "205", "CA": "415", "NY": "212", "TX": "512", "OR": "503", "CO": "303", "WA": "206", "IL": "312"}
_TOWNS = (
    *("birmingham", "sheffield", "dothan", "boaz", "florence", "opp", "luverne", "cullman", "fort payne", "gadsden"),
    *("sonoma", "fresno", "albany", "ithaca", "austin", "waco", "portland", "eugene", "denver", "boulder", "seattle"),
    *("tacoma", "chicago", "peoria", "huntsville", "oxford", "selma", "troy", "auburn", "mobile", "athens", "decatur"),
)
_STREETS = (
    "university blvd",
    "montgomery avenue",
    "ross clark circle",
    "highway 431 north",
    "church street",
    "oak lane",
)
_OWNERS = ("voluntary non-profit - private", "government - hospital district or authority", "proprietary")
_CONDITIONS = ("heart attack", "heart failure", "pneumonia", "surgical infection prevention")
_WORDS = (
    "aspirin at arrival",
    "smoking cessation advice",
    "discharge instructions",
    "beta blocker",
    "fibrinolytic drug",
)
_FIRST = ("Ann", "Bob", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kaito", "Lena", "Marek")
_LAST = (
    "Abbott",
    "Baranov",
    "Castillo",
    "Dietrich",
    "Eriksen",
    "Fontaine",
    "Gallagher",
    "Hoffmann",
    "Ivanova",
    "Jensen",
)
_STYLES = ("American IPA", "American Pale Ale (APA)", "Saison / Farmhouse Ale", "Oatmeal Stout", "Witbier", "Kölsch")


@dataclass(frozen=True)
class Erroneous:
    """A table twice: as it stands, and as it should be."""

    name: str
    header: Row
    dirty: list[Row]
    clean: list[Row]


def _exed(rng: random.Random, text: str) -> str:
    """All places of one of the letters or digits replaced by an x."""
    marks = sorted({mark for mark in text if mark.isalnum() and mark != "x"})
    return text.replace(rng.choice(marks), "x") if marks else text


def _slipped(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return rng.choice((text[:place] + letter + text[place + 1 :], text[:place] + text[place + 1 :], text + "-*"))


def _spoilt(
    rng: random.Random, rows: list[Row], columns: list[int], share: float, how: Callable[[random.Random, str], str]
) -> list[Row]:
    return [
        [
            how(rng, cell) if index in columns and cell and rng.random() < share else cell
            for index, cell in enumerate(row)
        ]
        for row in rows
    ]


def hospital(seed: int) -> Erroneous:
    """A thousand measures of hospitals: what a hospital and a measure are called is repeated many times."""
    rng = random.Random(seed)
    towns = rng.sample(_TOWNS, 24)
    zips = {town: f"{rng.randint(35000, 36999)}" for town in towns}
    counties = {town: rng.choice(("jefferson", "marshall", "houston", "coffee", "cullman", "etowah")) for town in towns}
    hospitals = [
        [
            f"{10_000 + number * 7}",
            f"{rng.choice(('saint mary', 'helen keller', 'medical west', 'southeast', 'crestwood'))} {town} hospital",
            f"{rng.randint(100, 4_000)} {rng.choice(_STREETS)}",
            town,
            "al",
            zips[town],
            counties[town],
            f"205{rng.randint(1_000_000, 9_999_999)}",
            rng.choice(_OWNERS),
            rng.choice(("yes", "yes", "no")),
        ]
        for number, town in enumerate(rng.choices(towns, k=46))
    ]
    measures = [
        [condition, f"{condition[:2]}-{number}", f"{condition} patients given {rng.choice(_WORDS)} in case {number}"]
        for condition in _CONDITIONS
        for number in range(1, 7)
    ]
    clean = [
        [*one, *measure, f"{rng.randint(40, 100)}%", f"{rng.randint(0, 500)} patients", f"al_{measure[1]}"]
        for one in hospitals
        for measure in rng.sample(measures, 22)
    ][:1_000]
    header = ["provider", "name", "address", "city", "state", "zip", "county", "phone", "owner", "emergency"]
    header += ["condition", "measure_code", "measure_name", "score", "sample", "state_average"]
    dirty = _spoilt(rng, clean, list(range(len(header))), 0.03, _exed)
    return Erroneous("hospital", header, dirty, clean)


@dataclass(frozen=True)
class _Teller:
    """A site that tells of flights, and how.

    Attributes:
        schedule: How often it tells the scheduled times.
        actual: How often it tells the actual ones.
        off: Minutes that it is off by, for each of the four times; other sites copy it, and are off as much.
        marked: How often it writes the day into the time.
    """

    schedule: float
    actual: float
    off: tuple[int, int, int, int] = (0, 0, 0, 0)
    marked: float = 0.0


# Some tell when an aircraft left its gate, others when it left the ground, and those are many; some call the time on
# the ground at the end of a flight the scheduled one; some do not tell the schedule.
_TELLERS = (
    *[_Teller(0.95, 0.9)] * 10,
    *[_Teller(0.75, 0.9, (0, 1, 0, -7))] * 7,
    *[_Teller(0.1, 0.95, (0, 1, 0, -12))] * 5,
    *[_Teller(1, 0.95, (0, 0, -25, -12))] * 2,
    *[_Teller(0.95, 0.7, (0, -8, 0, 0), marked=0.4)] * 2,
)


def flights(seed: int) -> Erroneous:
    """Times of flights as many sites tell them; some of these contradict the others, some are silent."""
    rng = random.Random(seed)
    clean, dirty = [], []
    for number in range(90):
        leaves = rng.randrange(300, 1_200)
        arrives = leaves + rng.randrange(60, 360)
        times = [leaves, leaves + rng.randrange(-5, 40), arrives, arrives + rng.randrange(-20, 40)]
        flight = f"AA-{1_000 + number * 37}-{rng.choice(('JFK', 'MIA', 'ORD'))}-{rng.choice(('SFO', 'PHX', 'DFW'))}"
        for site, teller in enumerate(_TELLERS):
            if rng.random() < 0.1:
                continue
            clean.append([f"site{site}", flight, *map(_clock, times)])
            marked, told = rng.random() < teller.marked, rng.random() < teller.schedule
            shown = [_clock(at + off) for at, off in zip(times, teller.off, strict=True)]
            if marked:
                shown = [f"{time[:-4].strip()}{time[-4]}Dec 1" for time in shown]
            known = (told, rng.random() < teller.actual, told, rng.random() < teller.actual)
            dirty.append([*clean[-1][:2], *(time if tells else "" for time, tells in zip(shown, known, strict=True))])
    header = ["src", "flight", "scheduled_departure", "actual_departure", "scheduled_arrival", "actual_arrival"]
    return Erroneous("flights", header, dirty, clean)


def _clock(minutes: int) -> str:
    hour = minutes // 60 % 24
    return f"{(hour - 1) % 12 + 1}:{minutes % 60:02} {'a' if hour < 12 else 'p'}.m."


def beers(seed: int) -> Erroneous:
    """Beers of breweries: units beside numbers, the state within the city."""
    rng = random.Random(seed)
    breweries = []
    for number in range(300):
        town = rng.choice(_TOWNS).title()
        name = f"{rng.choice(_LAST)} {rng.choice(('Brewing Company', 'Brewery', 'Ale Works'))} {number}"
        breweries.append([f"{number}", name, town, rng.choice(list(_STATES))])
    clean, dirty = [], []
    for number in range(2_400):
        ounces, alcohol = rng.choice(("12.0", "16.0", "24.0", "19.2")), f"{rng.randint(35, 99) / 1000:.3f}"
        name = f"{rng.choice(('Old', 'Hazy', 'Red', 'Lost', 'Big'))} {rng.choice(_LAST)} {number}"
        row = [f"{number + 1}", name, rng.choice(_STYLES), ounces, alcohol, f"{rng.randint(5, 120)}"]
        clean.append([*row, *rng.choice(breweries)])
        spoilt = list(clean[-1])
        if rng.random() < 0.15:
            spoilt[3] = rng.choice((f"{ounces} oz", f"{ounces} ounce", f"{ounces} oz. Can", f"{ounces} OZ."))
        if rng.random() < 0.1:
            spoilt[4] = f"{alcohol}%"
        if rng.random() < 0.05:
            spoilt[8], spoilt[9] = f"{spoilt[8]} {spoilt[9]}", ""
        dirty.append(spoilt)
    header = ["id", "beer_name", "style", "ounces", "abv", "ibu", "brewery_id", "brewery_name", "city", "state"]
    return Erroneous("beers", header, dirty, clean)


def tax(seed: int) -> Erroneous:
    """Tax payers: the postal code decides city and state, the state and the family what is exempt."""
    rng = random.Random(seed)
    places = []
    for _ in range(220):
        state = rng.choice(list(_STATES))
        places.append([_STATES[state], rng.choice(_TOWNS).upper(), state, f"{rng.randint(10_000, 99_999)}"])
    exempt = {(state, single): str(rng.randint(1, 40) * 100) for state in _STATES for single in "SM"}
    clean = []
    for _ in range(5_000):
        area, town, state, code = rng.choice(places)
        single, salary = rng.choice("SM"), rng.randint(10, 99) * 1_000
        who = [rng.choice(_FIRST), rng.choice(_LAST), rng.choice("MF")]
        clean.append([*who, area, town, state, code, single, str(salary), exempt[state, single]])
    header = [
        "f_name",
        "l_name",
        "gender",
        "area_code",
        "city",
        "state",
        "zip",
        "marital_status",
        "salary",
        "exemption",
    ]
    dirty = _spoilt(rng, clean, [0, 1, 4, 5], 0.01, _slipped)
    dirty = [[*row[:9], str(int(row[9]) + 100) if rng.random() < 0.01 else row[9]] for row in dirty]
    return Erroneous("tax", header, dirty, clean)


ALL: tuple[Callable[[int], Erroneous], ...] = (hospital, flights, beers, tax)


def measured(table: Erroneous, repaired: dict[tuple[int, str], str]) -> tuple[float, float]:
    """Precision and recall of repairs, as Baran is measured: right ones of all made, and of all errors.

    Args:
        table: What was repaired.
        repaired: By record number (1-based) and column, what the cell should be.
    """
    errors = {
        (number, column): (wrong, right)
        for number, pair in enumerate(zip(table.dirty, table.clean, strict=True), 1)
        for column, wrong, right in zip(table.header, *pair, strict=True)
        if wrong != right
    }
    good = sum(1 for cell, value in repaired.items() if cell in errors and _same(value, errors[cell][1]))
    return good / len(repaired) if repaired else 1.0, good / len(errors)


def _same(value: str, right: str) -> bool:
    """Whether a cleaned value is what the source means: a time of twelve hours is delivered as one of 24."""
    found = re.fullmatch(r"(\d+):(\d\d) ([ap])\.m\.", right)
    if found is None:
        return value == right
    return value in (right, f"{int(found[1]) % 12 + 12 * (found[3] == 'p'):02}:{found[2]}:00")
