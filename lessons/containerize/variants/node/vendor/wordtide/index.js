"use strict";

exports.version = "1.0.0";

/** [word, count] pairs of a text, the most frequent first, equal counts in alphabetical order. */
exports.tally = (text) => {
  const counts = new Map();
  for (const word of text.split(/\s+/).filter(Boolean)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
};
