"""`python -m commlint`."""

from commlint.cli import main

main()
