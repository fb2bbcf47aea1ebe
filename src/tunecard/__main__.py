"""`python -m tunecard` is `tunecard`."""

import sys

from tunecard.cli import main

sys.exit(main())
