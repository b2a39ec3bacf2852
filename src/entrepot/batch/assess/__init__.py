"""Two ways to assess rows: the compiled loop, and one sale at a time."""
