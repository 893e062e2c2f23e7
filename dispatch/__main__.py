"""`python -m dispatch` is the `czt` command."""

from dispatch.cli import main

if __name__ == "__main__":
    main()
