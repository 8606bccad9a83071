"""Rows of the sheets of workbooks, one file per family of formats."""
