"""Prints which distributions an interpreter can import, as one line of JSON. Runs under the suite's own Python."""

import json
import sys

try:
    from importlib import metadata
except ImportError:  # before Python 3.8: nobody asks for more than that it is so
    metadata = None  # type: ignore[assignment] # an older Python has no such module


def main() -> None:
    """Print the version and the names of what is installed."""
    names = []  # type: list[object]
    if metadata is not None:
        for distribution in metadata.distributions():
            try:
                names.append(distribution.metadata["Name"])
            except Exception:  # noqa: BLE001, S112 - a damaged installation is none
                continue
    try:
        import ssl  # noqa: PLC0415, F401 - whether it can be is what is asked

        secure = True
    except ImportError:
        secure = False
    version = "{}.{}".format(*sys.version_info[:2])
    known = sorted({name for name in names if isinstance(name, str)})
    sys.stdout.write("\n" + json.dumps({"version": version, "secure": secure, "distributions": known}) + "\n")


if __name__ == "__main__":
    main()
