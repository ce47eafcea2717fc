"""The container that holds a task's network, so that its containers share localhost, as in ECS.

It must start before each of them, outlive them all, and not need a registry. So its image is built here from
one program of a few machine instructions that waits forever.
"""

import io
import struct
import tarfile

_LOAD_ADDRESS = 0x400000
_HEADERS = 64 + 56
# ELF machine number and code, by the daemon's name of the architecture.
_PROGRAMS = {
    # loop: mov eax, 34 (pause); syscall; jmp loop
    "amd64": (0x3E, bytes.fromhex("b822000000 0f05 ebf7")),
    # loop: mov x0..x4, 0; mov x8, 73 (ppoll); svc 0; b loop
    "arm64": (
        0xB7,
        struct.pack(
            "<8I", *(0xD2800000 + n for n in range(5)), 0xD2800000 | 73 << 5 | 8, 0xD4000001, 0x17FFFFF9
        ),
    ),
}


def pause_program(architecture: str) -> bytes:
    """Return a static Linux executable that waits forever.

    Raises:
        LookupError: there is none for this architecture (`amd64` and `arm64` have one).
    """
    machine, code = _PROGRAMS[architecture]
    size = _HEADERS + len(code)
    identification = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)  # 64 bits, little endian, version 1
    header = struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, _LOAD_ADDRESS + _HEADERS, 64, 0, 0, 64, 56, 1, 64, 0, 0
    )  # executable; entry point; one program header, right after this one; no sections
    segment = struct.pack(
        "<IIQQQQQQ", 1, 5, 0, _LOAD_ADDRESS, _LOAD_ADDRESS, size, size, 0x10000
    )  # load, r-x
    return identification + header + segment + code


def pause_archive(architecture: str) -> bytes:
    """Return the image's files as `docker import` takes them: a tar archive with `/pause`."""
    program = pause_program(architecture)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("pause")
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
    return archive.getvalue()
