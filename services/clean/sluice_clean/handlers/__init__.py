"""Lambda handlers: parse the event, call one function, shape the answer."""
