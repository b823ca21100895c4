"""`python -m autobook_sim`."""

from autobook_sim.command import app

if __name__ == "__main__":
    app()
