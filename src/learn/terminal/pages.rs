//! A text that is longer than the screen, a screenful at a time; a section is not begun where it does not fit.

use std::collections::VecDeque;

use crate::render::seen_width;

/// What is still to be shown of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    sections: VecDeque<VecDeque<String>>,
}

impl Pages {
    /// A text in sections.
    pub fn of(sections: &[String]) -> Self {
        let lines = |section: &String| section.lines().map(str::to_owned).collect();
        Self {
            sections: sections.iter().map(lines).collect(),
        }
    }

    /// Whether all was shown.
    pub fn is_over(&self) -> bool {
        self.sections.iter().all(VecDeque::is_empty)
    }

    /// As much as fits a screen of this size.
    pub fn next(&mut self, columns: usize, lines: usize) -> String {
        let height = |line: &String| seen_width(line).div_ceil(columns.max(1)).max(1);
        let mut out = String::new();
        let mut left = lines.max(2);
        while let Some(section) = self.sections.front_mut() {
            let whole: usize = section.iter().map(height).sum();
            if !out.is_empty() && whole > left {
                return out;
            }
            while let Some(line) = section.front() {
                if height(line) > left && !out.is_empty() {
                    return out;
                }
                left = left.saturating_sub(height(line));
                out.push_str(line);
                out.push('\n');
                section.pop_front();
            }
            self.sections.pop_front();
        }
        out
    }

    /// All that is left.
    pub fn rest(&mut self) -> String {
        self.next(usize::MAX, usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_does_not_fit_waits_and_one_that_never_would_is_cut() {
        let section = |name: &str, lines: usize| format!("{name}\n").repeat(lines);
        let mut pages = Pages::of(&[section("a", 3), section("b", 3), section("c", 8)]);
        let mut screens = Vec::new();
        while !pages.is_over() {
            screens.push(pages.next(80, 5).replace('\n', ""));
        }
        assert_eq!(screens, ["aaa", "bbb", "ccccc", "ccc"]);
    }

    #[test]
    fn a_line_that_is_too_long_takes_several() {
        let mut pages = Pages::of(&["12345678901\nx\ny\n".to_owned()]);
        assert_eq!(pages.next(5, 4), "12345678901\nx\n");
        assert_eq!(pages.rest(), "y\n");
        assert!(pages.is_over());
    }
}
