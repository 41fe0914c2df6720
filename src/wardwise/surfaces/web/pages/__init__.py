"""One folder per page: what it shows and its template."""
