"""`python -m mockserver.cli`."""

from mockserver.cli import main

main()
