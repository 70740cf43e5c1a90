"""As much of Pyodide as Workers use of it: `pyodide.ffi`."""
