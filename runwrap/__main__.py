"""``python -m runwrap``."""

from runwrap.cli.main import main

if __name__ == "__main__":
    main()
