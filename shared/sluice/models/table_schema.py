"""Contracts: Frictionless Table Schema, the part of it that Sluice enforces.

Source: https://datapackage.org/standard/table-schema/ (Data Package standard, version 2).
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

FieldType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "date",
    "time",
    "datetime",
    "duration",
    "object",
    "array",
    "any",
]

MAX_FIELDS = 2_000


def _listed(value: Any) -> Any:  # noqa: ANN401 - raw input, before validation
    """Table Schema lets a primary key of one field be a bare string."""
    return [value] if isinstance(value, str) else value


class Constraints(BaseModel):
    """Limits on the values of one field; a value outside them is a violation."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    required: bool = False
    unique: bool = False
    enum: list[str | int | float | bool] | None = None
    minimum: str | int | float | None = None
    maximum: str | int | float | None = None
    pattern: str | None = None
    min_length: int | None = Field(default=None, alias="minLength", ge=0)
    max_length: int | None = Field(default=None, alias="maxLength", ge=0)


class SchemaField(BaseModel):
    """One column: its clean name, its type, its limits."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    name: str = Field(min_length=1, max_length=255)
    type: FieldType = "string"
    format: str = "default"
    title: str | None = None
    description: str | None = None
    constraints: Constraints | None = None


class TableSchema(BaseModel):
    """A contract: the fields of a dataset, which of them are its key, and what counts as missing."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    fields: list[SchemaField] = Field(min_length=1, max_length=MAX_FIELDS)
    primary_key: Annotated[list[str], BeforeValidator(_listed)] = Field(default_factory=list, alias="primaryKey")
    missing_values: list[str] | None = Field(default=None, alias="missingValues")

    @model_validator(mode="after")
    def _names_are_sound(self) -> "TableSchema":
        names = [field.name for field in self.fields]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"field names must be unique; given more than once: {', '.join(twice)}")
        reserved = sorted(name for name in names if name.startswith("_"))
        if reserved:
            raise ValueError(f"field names must not start with an underscore: {', '.join(reserved)}")
        unknown = [name for name in self.primary_key if name not in names]
        if unknown:
            raise ValueError(f"primaryKey names fields that do not exist: {', '.join(unknown)}")
        return self

    def to_json(self) -> dict[str, Any]:
        """The schema as Table Schema writes it: camelCase, unset members left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=False)
