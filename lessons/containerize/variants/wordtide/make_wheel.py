#!/usr/bin/env python3
"""Packs `wordtide` into the wheel that the lessons carry under `vendor/`: the same bytes every time.

A wheel is a zip file with three metadata files (packaging.python.org, "Binary distribution format"),
so no build tool is needed. Times are fixed and nothing is compressed: zlib versions differ.
"""

import base64
import hashlib
import io
import pathlib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
LESSONS = HERE.parents[2]
NAME, VERSION = "wordtide", "1.0.0"
WHEEL = f"{NAME}-{VERSION}-py3-none-any.whl"
INFO = f"{NAME}-{VERSION}.dist-info"
GOES_TO = [f"{lesson}/{part}/vendor" for lesson in ("containerize", "caching") for part in ("starter", "solution")]

METADATA = f"""\
Metadata-Version: 2.4
Name: {NAME}
Version: {VERSION}
Summary: Counts the words of a text
License-Expression: MIT OR Apache-2.0
Requires-Python: >=3.9
"""
TAGS = """\
Wheel-Version: 1.0
Generator: make_wheel
Root-Is-Purelib: true
Tag: py3-none-any
"""


def record(files):
    """The wheel's own list of its files, each with its SHA-256 and its size."""
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    lines.append(f"{INFO}/RECORD,,")
    return "\n".join(lines) + "\n"


def wheel():
    """The bytes of the wheel."""
    files = {
        f"{NAME}/__init__.py": (HERE / NAME / "__init__.py").read_bytes(),
        f"{INFO}/METADATA": METADATA.encode(),
        f"{INFO}/WHEEL": TAGS.encode(),
    }
    files[f"{INFO}/RECORD"] = record(files).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return packed.getvalue()


def main():
    content = wheel()
    for folder in GOES_TO:
        (LESSONS / folder / WHEEL).write_bytes(content)
    print(WHEEL, hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
