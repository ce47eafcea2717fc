"""Record the programs of this version and their graphs, which later versions are tested against.

python tests/compatibility/record.py
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.compatibility.programs import RECORDS, record

from moorage.version import __version__


def main() -> None:
    """Write the record of the library's version."""
    with TemporaryDirectory() as scratch:
        record(__version__, Path(scratch))
    print(f"{RECORDS / __version__}: commit it with the release")


if __name__ == "__main__":
    main()
