"""How the kernel is compiled: every `*.c` of this folder into one extension, `_hotlinebox_dsp`, beside its source.

To add C code, drop `subject.c` and `subject.h` here and run `pip install --no-build-isolation -e .` again; nothing
else to edit. The header holds the declarations Python may use and nothing but declarations: what lies between lines
starting with `#` is handed to cffi as it is (no macros in signatures, constants as `enum`, arrays of fixed size in
structs). Write a small typed wrapper `subject.py` here which owns the buffers and is the only one to import `lib`.

Flags: -O3 for any machine of the family and strict IEEE arithmetic, so that a result is the same on every box; loops
that shall use vector instructions are written with independent sums (no `-ffast-math`, no `-march=native`).
"""

from pathlib import Path

from cffi import FFI

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[2]


def _declarations(header: Path) -> str:
    lines = header.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


_headers = sorted(_HERE.glob("*.h"))

ffibuilder = FFI()
for _header in _headers:
    ffibuilder.cdef(_declarations(_header))
ffibuilder.set_source(
    "drivers.dsp.kernel._hotlinebox_dsp",
    "\n".join(f'#include "{header.name}"' for header in _headers),
    sources=[str(path.relative_to(_ROOT)) for path in sorted(_HERE.glob("*.c")) if path.stem != "_hotlinebox_dsp"],
    depends=[str(path.relative_to(_ROOT)) for path in _headers],
    include_dirs=[str(_HERE.relative_to(_ROOT))],
    extra_compile_args=["-O3", "-std=c11", "-Wall", "-Wextra", "-ffp-contract=off"],
    libraries=["m"],
)
