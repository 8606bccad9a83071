"""The command ``sluice``: the cleaning engine on local files, URLs and pipes."""
