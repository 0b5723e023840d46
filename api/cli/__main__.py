"""`python -m api.cli` is `laurels`."""

from api.cli.main import main

main()
