"""The vocabulary: sale, quote, money, sources, rule kinds and errors. Imports no other module of Entrepot."""
