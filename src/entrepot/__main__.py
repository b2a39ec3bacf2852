"""`entrepot` on the command line."""

from __future__ import annotations


def main() -> None:
    """Runs the command line."""
    from entrepot.cli import run

    run()


if __name__ == "__main__":
    main()
