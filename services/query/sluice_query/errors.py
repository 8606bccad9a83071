"""What can go wrong inside the query service and is no answer by itself."""


class FileGoneError(Exception):
    """A file of a state is not there any more: the state has ended and its files were collected."""
