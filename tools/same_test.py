"""Tests what tools/same masks and shows: it must find differences, and must not hide real ones."""

import unittest

from same import masks, notes, proxy

ID, OTHER_ID = "0c8ddd22-7cde-4d1a-9e5c-5a9bb2a3a0f1", "1d9eee33-8def-4e2b-8f6d-6bacc3b4b1a2"
DERIVED_ID = "60edff2f-bd45-5bed-a3ae-266e71cb5cf4"


def differences(old, new):
    """The differences of two notes with one text."""
    both = notes.Notes(), notes.Notes()
    for one, text in zip(both, (old, new)):
        if text is not None:
            one.add("text", text)
    return [lines for _, lines in notes.differences(*both)]


class Masks(unittest.TestCase):
    def test_ids_keep_which_is_which(self):
        mask = masks.Masks()
        self.assertEqual(mask.text(f"{ID} {OTHER_ID}_{ID}"), "<id 1> <id 2>_<id 1>")
        self.assertEqual(mask.anonymous(f"{OTHER_ID} {DERIVED_ID}"), "<id 2> <id>")
        self.assertEqual(masks.Masks(random_ids_only=True).text(f"{ID} {DERIVED_ID}"), f"<id 1> {DERIVED_ID}")

    def test_times_durations_and_places_are_hidden(self):
        mask = masks.Masks(folder="/some/folder")
        hidden = {
            "2025-07-12T20:00:00.123Z": "<time>",
            '{"milliseconds":17,"x":1}': '{"milliseconds":<duration>,"x":1}',
            r"{\"milliseconds\":17}": r"{\"milliseconds\":<duration>}",
            "took 1.5 s": "took <duration> s",
            "http://127.0.0.1:4711/x": "http://127.0.0.1:<port>/x",
            "cannot read /some/folder/x": "cannot read <folder>/x",
        }
        self.assertEqual({text: mask.text(text) for text in hidden}, hidden)

    def test_what_a_lineup_says_stays(self):
        text = '2025-07-12,20:00,"Start":"20:00","size":4602,"next_start":31,"write_units":9.0,line 4, 3 stages'
        self.assertEqual(masks.Masks().text(text), text)


class Differences(unittest.TestCase):
    def test_the_same_is_no_difference(self):
        self.assertEqual(differences("a\nb", "a\nb"), [])

    def test_a_line_a_text_and_the_lack_of_one_are_differences(self):
        self.assertEqual(differences("a\nb", "a\nc"), [[" a", "-b", "+c"]])
        self.assertEqual(len(differences("", None)), 1)
        self.assertEqual(len(differences(None, "")), 1)

    def test_of_long_lines_the_part_that_differs_is_shown(self):
        (lines,) = differences("x" * 9000 + "old" + "y" * 9000, "x" * 9000 + "new" + "y" * 9000)
        shown = notes.shortened(lines)
        self.assertTrue("old" in shown[0] and "new" in shown[1], shown)
        self.assertLess(max(map(len, shown)), 1000)

    def test_the_same_change_elsewhere_is_known_and_another_one_is_not(self):
        def change(old, new):
            (lines,) = differences(old, new)
            return notes.changes(lines)

        exit_code = change("exit 4\nno stage", "exit 5\nno stage")
        self.assertEqual(exit_code, change("a\nexit 4\nb", "a\nexit 5\nb"))
        for other in [("units 4", "units 5"), ("exit 5", "exit 4"), ("exit 4\nx 4", "exit 5\nx 5"), ("exit 4", None)]:
            self.assertNotEqual(exit_code, change(*other))

    def test_texts_of_many_lines_are_compared_in_no_time(self):
        old, new = ("\n".join(f"{word} {n}" for n in range(50_000)) for word in ("old", "new"))
        (lines,) = differences(f"same\n{old}\nsame", f"same\n{new}\nsame")
        self.assertEqual(lines[:2], [" same", "-old 0"])
        (lines,) = differences(f"{old}\nlast", f"{old}\nnew last")
        self.assertEqual(lines[-2:], ["-last", "+new last"])

    def test_what_is_not_shown_is_counted(self):
        self.assertEqual(notes.shortened(["+x"] * (notes.MOST_LINES + 5))[-1], "… 5 more lines")


class Requests(unittest.TestCase):
    def test_the_order_of_a_batch_counts_and_that_of_the_sdks_maps_does_not(self):
        def readable(operation, body):
            return proxy._readable(operation, body, in_order=True)

        self.assertNotEqual(
            readable("dynamodb BatchWriteItem T", '{"a":1,"b":2}'),
            readable("dynamodb BatchWriteItem T", '{"b":2,"a":1}'),
        )
        self.assertEqual(readable("dynamodb Query T", '{"a":1,"b":2}'), readable("dynamodb Query T", '{"b":2,"a":1}'))

    def test_chunks_of_an_upload_are_joined(self):
        chunks = [b"4;chunk-signature=1\r\nab\r\n\r\n", b"3;chunk-signature=2\r\ncde\r\n", b"0;chunk-signature=3\r\n"]
        self.assertEqual(proxy._without_chunks(b"".join(chunks) + b"x-amz-checksum:1\r\n\r\n"), b"ab\r\ncde")

    def test_a_fault_takes_the_requests_that_it_is_meant_for(self):
        fault = proxy.Fault("s3 PUT /claim.json", proxy.RESET, at=2, times=2)
        claims = [fault.takes("s3 PUT imports/1/claim.json") for _ in range(4)]
        self.assertEqual((claims, fault.takes("s3 GET imports/1/claim.json")), ([False, True, True, False], False))


if __name__ == "__main__":
    unittest.main()
