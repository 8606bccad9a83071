"""What a function is told by its environment, read once per process and validated.

Nothing else in Sluice reads the environment.
"""

from functools import cache
from typing import TypeVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The names that every function of a stage gets from its serverless.yml."""

    model_config = SettingsConfigDict(env_prefix="SLUICE_", extra="ignore", frozen=True)

    stage: str
    service: str
    raw_bucket: str
    clean_bucket: str
    catalog_table: str
    records_table: str
    # boto3 reads this by itself; DuckDB has to be told.
    endpoint_url: str | None = Field(default=None, validation_alias="AWS_ENDPOINT_URL")


AnySettings = TypeVar("AnySettings", bound=Settings)


@cache
def load_settings(model: type[AnySettings]) -> AnySettings:
    """Read the settings of this process.

    Raises:
        pydantic.ValidationError: a variable is missing or wrong; it names each.
    """
    return model()
