"""Sluice's query service."""
