"""Records: clean rows as they are served, and where they lie in the records table."""

from pydantic import BaseModel, ConfigDict, Field

# Columns of clean Parquet files that tell where a row comes from; no column of a dataset starts with '_'.
LINEAGE_COLUMNS = ("_key", "_object", "_run", "_row", "_sk")


class Record(BaseModel):
    """A clean row as the API gives it: the dataset's columns by their names, and where it comes from."""

    model_config = ConfigDict(extra="allow", title="Record")

    key: str = Field(alias="_key", description="The primary key as text; without one, a hash of the row.")
    object: str = Field(alias="_object", description="Name of the object that the row was in.")
    run: str = Field(alias="_run", description="Id of the run that cleaned it.")
    row: int = Field(alias="_row", ge=1, description="Number of the record in its object, from 1.")


def record_pk(dataset: str, key: str) -> str:
    """Partition key of a record's items; a dataset's name holds no '#'."""
    return f"{dataset}#{key}"


def key_of(pk: str) -> str:
    """The record's key in a partition key."""
    return pk.partition("#")[2]
