"""The structure of the workspace, as its sources and `cargo metadata` show it.

- `packages`: which package depends on which, with the folders of both
- `modules`: the modules of a crate, and which of them uses code of which
- `circles`: modules and packages that depend on each other
- `names`: names that denote more than one type
- `source`: Rust without comments, literals and test code

The parser knows the Rust of this workspace, not all of Rust. It does not see a
path that a macro makes. `tools/structure_test.py` tests its rules.
"""
