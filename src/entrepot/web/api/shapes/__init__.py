"""The types of the API's responses about law."""
