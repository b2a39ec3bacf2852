"""The vocabulary: sale, quote, money, sources, errors. Imports nothing else of Entrepot."""
