"""The structure of the workspace, as its sources and `cargo metadata` show it.

- `packages`: which package depends on which, by the folders that they lie in
- `modules`: the modules of a crate, and which file uses code of which
- `circles`: files and packages that need each other
- `names`: names that denote more than one type
- `source`: Rust without comments, literals and test code

The parser knows the Rust that stands in this workspace, not all of Rust: a
path made by a macro is not seen. `tools/structure_test.py` holds its rules.
"""
