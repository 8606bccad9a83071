"""The nouns of Sluice as pydantic models: dataset, contract, object, run, record, problem."""
