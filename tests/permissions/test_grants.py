"""Least privilege: what the functions do works under their roles, and without each single grant something fails."""

import pytest
from tests.permissions.grants import Grant, Roles
from tests.permissions.probes import Probe
from tests.permissions.stage import DeniedError, Stage
from tests.permissions.table import NOT_SHOWN, SHOWN


def test_every_grant_of_the_deployed_roles_is_in_the_table(roles: Roles) -> None:
    deployed, listed = set(roles.grants), {*SHOWN, *NOT_SHOWN}
    assert len(roles.grants) == len(deployed), "a grant is given twice"
    assert sorted(map(str, deployed - listed)) == [], "granted, but tests/permissions/table.py has no row"
    assert sorted(map(str, listed - deployed)) == [], "in tests/permissions/table.py, but not granted"
    assert not SHOWN.keys() & NOT_SHOWN.keys()


def test_no_role_has_grants_that_come_from_elsewhere(roles: Roles) -> None:
    assert roles.attached()
    assert not any(roles.attached().values())


@pytest.mark.parametrize("probe", dict.fromkeys(SHOWN.values()), ids=lambda probe: probe.__name__)
def test_with_all_grants_it_works(stage: Stage, probe: Probe) -> None:
    probe(stage)


@pytest.mark.parametrize(("grant", "probe"), SHOWN.items(), ids=map(str, SHOWN))
def test_without_the_grant_it_fails(stage: Stage, roles: Roles, grant: Grant, probe: Probe) -> None:
    with roles.without(grant), pytest.raises(DeniedError):
        probe(stage)


def test_what_is_said_not_to_be_shown_is_not(stage: Stage, roles: Roles) -> None:
    """If this fails, the emulator has learnt something: the grant gets a row of its own."""
    with roles.without(*NOT_SHOWN):
        for probe in dict.fromkeys(SHOWN.values()):
            probe(stage)


@pytest.mark.parametrize("probe", dict.fromkeys(SHOWN.values()), ids=lambda probe: probe.__name__)
def test_with_all_grants_back_it_works_again(stage: Stage, probe: Probe) -> None:
    probe(stage)
