"""Sluice's ingest service."""
