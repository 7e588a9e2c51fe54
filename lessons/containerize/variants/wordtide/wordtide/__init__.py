"""Counts the words of a text."""

__version__ = "1.0.0"


def tally(text):
    """Returns (word, count) pairs, the most frequent first, equal counts in alphabetical order."""
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
