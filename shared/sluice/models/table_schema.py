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
    "year",
    "yearmonth",
    "duration",
    "object",
    "array",
    "geopoint",
    "geojson",
    "any",
]

MAX_FIELDS = 2_000
Pii = Literal["hash", "mask", "drop"]
OnViolation = Literal["reject", "null"]
PlaceOrder = Literal["lon,lat", "lat,lon"]


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
    """One column: its clean name, its type, its limits, and what Sluice adds to Table Schema.

    Members that are not named here, such as ``rdfType``, are kept as they are.

    Attributes:
        aliases: Further labels under which a file may have the column.
        default: The value where a file has none.
        pii: What becomes of personal data: a hash, a mask, or nothing at all.
        on_violation: Whether a value that breaks a limit refuses its row (the default) or becomes null.
        currency: ISO 4217 code of the money that a number is; amounts of other currencies don't fit.
        order: Which number of a geopoint comes first; Table Schema's own order is longitude, latitude.
    """

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    name: str = Field(min_length=1, max_length=255)
    type: FieldType = "string"
    format: str = "default"
    title: str | None = None
    description: str | None = None
    constraints: Constraints | None = None
    aliases: Annotated[list[str], BeforeValidator(_listed)] | None = Field(default=None, alias="sluice:alias")
    default: str | int | float | bool | None = Field(default=None, alias="sluice:default")
    pii: Pii | None = Field(default=None, alias="sluice:pii")
    on_violation: OnViolation | None = Field(default=None, alias="sluice:on_violation")
    currency: str | None = Field(default=None, alias="sluice:currency", pattern="^[A-Z]{3}$")
    order: PlaceOrder | None = Field(default=None, alias="sluice:order")

    @property
    def is_required(self) -> bool:
        """Whether every record must have a value that comes from the file."""
        return self.constraints is not None and self.constraints.required and self.default is None

    @property
    def nulls_violations(self) -> bool:
        """Whether a value that breaks a limit becomes null; where a value is required, its row is refused."""
        return self.on_violation == "null" and not (self.constraints and self.constraints.required)


class Reference(BaseModel):
    """What a foreign key points to: fields of another dataset, or, without a name, of the same one."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    resource: str = Field(default="", description="The other dataset's name; empty for the table itself")
    fields: Annotated[list[str], BeforeValidator(_listed)] = Field(min_length=1)


class ForeignKey(BaseModel):
    """Values of these fields must occur, together, in those of another dataset."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    fields: Annotated[list[str], BeforeValidator(_listed)] = Field(min_length=1)
    reference: Reference

    @property
    def own_fields(self) -> list[str]:
        """All fields of the table itself that it names."""
        return [*self.fields, *(() if self.reference.resource else self.reference.fields)]


class TableSchema(BaseModel):
    """A contract: the fields of a dataset, which of them are its key, and what counts as missing."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)

    fields: list[SchemaField] = Field(min_length=1, max_length=MAX_FIELDS)
    primary_key: Annotated[list[str], BeforeValidator(_listed)] = Field(default_factory=list, alias="primaryKey")
    missing_values: list[str] | None = Field(default=None, alias="missingValues")
    foreign_keys: list[ForeignKey] | None = Field(default=None, alias="foreignKeys")

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

    @model_validator(mode="after")
    def _key_tells_records_apart(self) -> "TableSchema":
        hidden = [f.name for f in self.fields if f.name in self.primary_key and f.pii in ("mask", "drop")]
        if hidden:
            raise ValueError(f"a field of the primaryKey can be hashed, but not masked or dropped: {', '.join(hidden)}")
        return self

    @model_validator(mode="after")
    def _foreign_keys_are_sound(self) -> "TableSchema":
        names = {field.name for field in self.fields}
        for foreign in self.foreign_keys or ():
            unknown = [name for name in foreign.own_fields if name not in names]
            if unknown:
                raise ValueError(f"foreignKeys names fields that do not exist: {', '.join(unknown)}")
            if len(foreign.fields) != len(foreign.reference.fields):
                raise ValueError(f"foreignKeys: {len(foreign.fields)} fields refer to {len(foreign.reference.fields)}")
        return self

    def to_json(self) -> dict[str, Any]:
        """The schema as Table Schema writes it: camelCase, unset members left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=False)
