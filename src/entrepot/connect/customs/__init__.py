"""Messages to and from customs administrations, one package for each."""
