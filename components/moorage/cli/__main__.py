"""`python -m moorage.cli`."""

import sys

from . import main

sys.exit(main())
