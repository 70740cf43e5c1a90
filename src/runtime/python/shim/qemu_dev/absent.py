"""What is said of names that the modules of Workers lack here."""

import opcode
import sys

_IMPORT_FROM = opcode.opmap["IMPORT_FROM"]


def refusal(module, name, present):
    """The error of `module.name`, or of `from module import name`, which shows no other kind's text."""
    if name.startswith("__"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    text = f"{module}.{name} is not there: this module has {', '.join(present)} here"
    frame = sys._getframe(2)
    is_import = frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM
    return ImportError(text, name=module) if is_import else AttributeError(text)
