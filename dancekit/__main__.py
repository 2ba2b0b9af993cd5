"""`python -m dancekit` is `dancekit`."""

from dancekit.cli.main import main

if __name__ == "__main__":
    main()
