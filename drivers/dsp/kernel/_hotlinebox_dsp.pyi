# The compiled extension: cffi makes its contents from the headers, so only the two names are typed.
from typing import Any

ffi: Any
lib: Any
