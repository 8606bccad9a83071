"""What Sluice's services share: models, catalog, object keys, settings, API plumbing."""
