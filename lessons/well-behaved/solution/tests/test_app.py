"""The author's tests."""

import unittest

import app


class Notes(unittest.TestCase):
    def test_it_is_well_at_first(self):
        self.assertFalse(app.jammed)


if __name__ == "__main__":
    unittest.main()
