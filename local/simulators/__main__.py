"""`python -m local.simulators`."""

from local.simulators import main

if __name__ == "__main__":
    main()
