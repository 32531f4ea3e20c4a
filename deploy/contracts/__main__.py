"""``python -m deploy.contracts``: write the contracts; ``--check`` only looks, ``--release 1.0.0`` keeps a version."""

import sys
from argparse import ArgumentParser

from deploy.contracts.checks import broken_since_release, loose, unheard_of, unreadable_for_listeners, wrong_on_file
from deploy.contracts.files import CONTRACTS, generated, release, stale, write
from deploy.contracts.voices import voices


def main() -> int:
    arguments = ArgumentParser(prog="python -m deploy.contracts", description="Write contracts/ from the services.")
    arguments.add_argument("--check", action="store_true", help="change nothing; fail when something is stale")
    arguments.add_argument("--release", metavar="VERSION", help="keep today's schemas and examples as this version")
    asked = arguments.parse_args()
    files = generated()
    changed = stale(files) if asked.check else write(files)
    for name in changed:
        sys.stdout.write(f"{'stale' if asked.check else 'written'}  contracts/{name}\n")
    found = [
        *unheard_of(voices()),
        *unreadable_for_listeners(voices()),
        *loose(voices()),
        *wrong_on_file(CONTRACTS / "events", voices()),
        *broken_since_release(CONTRACTS),
    ]
    for problem in found:
        sys.stdout.write(f"wrong    {problem}\n")
    if found or (asked.check and changed):
        return 1
    if asked.release:
        kept = release(asked.release)
        sys.stdout.write(f"released {kept.relative_to(CONTRACTS.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
