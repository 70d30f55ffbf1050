"""The rules of tools/structure, on made-up sources."""

import pathlib
import tempfile
import unittest

from structure import circles, modules, names, packages, source


class Sources(unittest.TestCase):
    def test_comments_literals_and_test_code_are_blank_and_lines_stay(self):
        text = """// use crate::a::X;
/* use /* nested */ crate::b::X; */
const Q: (char, &str) = ('"', "use crate::c::X; \\" //");
const R: &str = r#"mod d { " }"#;
fn f<'a>(x: &'a str) {}
#[cfg(test)]
#[allow(unused)]
mod tests { use crate::e::X; }
#[cfg(all(test, unix))]
use crate::{f::X};
#[cfg(not(test))]
use crate::g::X;
"""
        blank = source.production(text)
        self.assertEqual((len(blank), blank.count("\n")), (len(text), text.count("\n")))
        self.assertEqual([word for word in ("a", "b", "c", "d", "e", "f", "g") if f"crate::{word}::" in blank], ["g"])
        self.assertNotIn("mod", blank)
        self.assertIn("fn f<'a>(x: &'a str) {}", blank)

    def test_a_file_of_tests_is_blank(self):
        self.assertEqual(source.production("#![cfg(test)]\nuse x::Y;").strip(), "")


class Crate(unittest.TestCase):
    def read(self, **files):
        """A crate of files by their names: `a__b` is src/a/b.rs."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        for name, text in files.items():
            path = root / (name.replace("__", "/") + ".rs")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return modules.read(root / "lib.rs")

    def uses(self, **files):
        return {("::".join(use.module), "::".join(use.other)) for use in modules.uses(self.read(**files))}

    def circles(self, **files):
        root = self.read(**files)
        return [["::".join(path) for path in circle] for circle, _ in circles.of_modules(root, modules.uses(root))]

    def test_a_use_and_a_path_in_the_code_are_uses_with_their_place(self):
        root = self.read(
            lib="mod a; mod b; mod c;",
            a="use crate::{b::{self, B as Other, deep::{X}}, c};\nfn f() { c::g(); std::mem::drop(b::B); }",
            b="pub mod deep { pub struct X; }\npub struct B;",
            c="pub fn g() {}",
        )
        found = [("::".join(use.module), use.line, use.named, "::".join(use.other)) for use in modules.uses(root)]
        self.assertEqual(
            found,
            [
                ("a", 1, "crate::b::B", "b"),
                ("a", 1, "crate::b::deep::X", "b"),
                ("a", 2, "b::B", "b"),
                ("a", 2, "c::g", "c"),
            ],
        )

    def test_what_a_module_exports_again_belongs_to_the_module_that_defines_it(self):
        exported = {"lib": "mod a; mod b;", "a": "mod x; mod y; pub use x::X; pub use y::*;"}
        self.assertEqual(
            self.uses(**exported, a__x="pub struct X;", a__y="pub struct Y;", b="use crate::a::{X, Y};"),
            {("b", "a::x"), ("b", "a::y")},
        )

    def test_a_parent_that_only_exports_needs_nothing_of_its_children(self):
        files = {"lib": "mod a;", "a__x": "use super::Z; pub struct X;"}
        only = "mod x; pub use x::X; pub struct Z;"
        self.assertEqual(self.circles(**files, a=only), [])
        self.assertEqual(self.circles(**files, a=only + "fn f(_: X) {}"), [["a", "a::x"]])
        self.assertEqual(self.circles(**files, a="mod x; pub struct Z(x::X);"), [["a", "a::x"]])

    def test_a_sibling_reached_over_the_parents_export_is_the_siblings(self):
        files = {"lib": "mod a;", "a": "mod x; mod y; pub use x::X; pub use y::Y;"}
        self.assertEqual(self.circles(**files, a__x="pub struct X;", a__y="use super::X; pub struct Y;"), [])
        self.assertEqual(
            self.circles(**files, a__x="use super::Y; pub struct X;", a__y="use super::X; pub struct Y;"),
            [["a::x", "a::y"]],
        )

    def test_a_module_counts_with_all_below_it(self):
        files = {
            "lib": "mod a; mod b;",
            "a": "mod x; mod y;",
            "a__x": "use crate::b::B;",
            "a__y": "pub struct Y;",
            "b": "mod z; pub struct B;",
            "b__z": "use crate::a::y::Y;",
        }
        self.assertEqual(self.circles(**files), [["a", "b"]])

    def test_tests_make_no_circle(self):
        files = {"lib": "mod a; mod b;", "a": "use crate::b::B; pub struct A;"}
        self.assertEqual(self.circles(**files, b="pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"), [])
        self.assertEqual(self.circles(**files, b="pub struct B(crate::a::A);"), [["a", "b"]])

    def test_names_of_types_are_counted_without_associated_types_and_error(self):
        root = self.read(
            lib="mod a; mod b; pub struct Error; impl Iterator for X { type Item = u8; }",
            a="pub enum State { Item } pub type Item = u8; pub struct Error; #[cfg(test)] struct Alone;",
            b="struct State; trait Alone { type Item; }",
        )
        several, concerned, all_types = names.shared(found for module in root.all() for found in names.types(module))
        places = {name: [file.name for file, _ in places] for name, places in several.items()}
        self.assertEqual((places, concerned, all_types), ({"State": ["a.rs", "b.rs"]}, 2, 4))

    def test_modules_of_one_name_in_two_crates_are_found(self):
        one, other = self.read(lib="mod a; mod b;", a="", b="mod c;", b__c=""), self.read(lib="mod c;", c="")
        self.assertEqual(list(names.modules([("one", one), ("other", other)])), ["c"])


class Packages(unittest.TestCase):
    def test_only_what_the_command_and_the_functions_need_is_the_application(self):
        def package(folder, name, **needs):
            kinds = {"needs": None, "tests": "dev", "build": "build"}
            dependencies = [{"name": n, "kind": kinds[kind]} for kind, all_of in needs.items() for n in all_of]
            path = f"/w/{folder}/{name}/Cargo.toml"
            return {"name": name, "id": name, "manifest_path": path, "targets": [], "dependencies": dependencies}

        metadata = {
            "workspace_default_members": ["cli"],
            "packages": [
                package("crates", "cli", needs=["aws", "local", "serde"], tests=["s3"]),
                package("crates", "aws"),
                package("crates", "model", needs=["engine"]),
                package("functions", "load", needs=["aws"]),
                package("embedded", "local", needs=["engine", "s3"]),
                package("embedded", "engine"),
                package("embedded", "s3"),
            ],
        }
        found = packages.of(metadata, pathlib.Path("/w"))
        application = packages.application(found)
        self.assertEqual(application, {"cli", "aws", "load"})
        self.assertEqual(packages.edges_to_embedded(found, application), [("cli", "local")])
        self.assertEqual(packages.edges_to_embedded(found, {"model"}), [("model", "engine")])
        self.assertEqual((found["cli"].needs, found["cli"].needs_in_tests), ({"aws", "local"}, {"s3"}))


class Circles(unittest.TestCase):
    def test_nodes_that_reach_each_other_are_a_circle(self):
        edges = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}, "f": {"a", "f"}}
        self.assertEqual(circles.circles(edges), [["a", "b", "c"], ["d", "e"]])


if __name__ == "__main__":
    unittest.main()
