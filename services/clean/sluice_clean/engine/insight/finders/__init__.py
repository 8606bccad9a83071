"""What finds suspected errors, a kind of error a file, and what these share."""
