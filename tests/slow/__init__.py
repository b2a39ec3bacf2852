"""The slow oracle: a second, independent implementation of an assessment, written from the documents alone."""
