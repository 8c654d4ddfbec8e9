"""`python -m bot` is `twoway`."""

from bot.cli import main

main()
