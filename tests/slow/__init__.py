"""A second, slow road from the packs to every figure, written from the documents alone."""
