"""Sluice's clean service."""
