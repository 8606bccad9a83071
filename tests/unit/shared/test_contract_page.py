"""The page about contracts shows one that is sound."""

import json
import re
from pathlib import Path

from sluice.models.table_schema import TableSchema

PAGE = Path(__file__).parents[3] / "docs" / "contract.md"


def test_the_example_is_a_contract() -> None:
    found = re.search(r"```json\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    assert found
    schema = TableSchema.model_validate(json.loads(found[1]))
    mail, country, age = schema.fields[1:4]
    assert (mail.aliases, mail.pii) == (["E-Mail", "Email address"], "hash")
    assert (country.default, age.nulls_violations) == ("DE", True)
    assert schema.foreign_keys
    assert schema.foreign_keys[0].reference.resource == "shops"
