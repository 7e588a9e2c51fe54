//! Plain rows as a table.

use super::commands::disarmed;
use crate::render::{Cell, Indent, Span, Style, columns};
use crate::text;

/// Aligned columns under their headers. Shortens nothing: what does not fit wraps, and below 60 columns each row
/// becomes a block of lines.
pub fn table(headers: &[&str], rows: &[Vec<String>], style: &Style) -> String {
    let headers: Vec<Cell> = headers.iter().map(|header| cell(header)).collect();
    let rows: Vec<Vec<Cell>> = rows
        .iter()
        .map(|row| row.iter().map(|text| cell(text)).collect())
        .collect();
    disarmed(&columns(&headers, &rows, Indent::default(), style)).into_owned()
}

fn cell(text: &str) -> Cell {
    vec![Span::plain(&text::inert_line(text))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lessons(width: usize) -> String {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [
            row([
                "ports",
                "Publish a port on the host's loopback address",
                "2 of 3 tasks",
            ]),
            row(["初めて", "First\x1b[2J", ""]),
        ];
        let style = Style {
            width,
            ..Style::default()
        };
        table(&["lesson", "title", "progress"], &rows, &style)
    }

    #[test]
    fn columns_align_by_what_is_seen() {
        insta::assert_snapshot!(lessons(80), @r#"
        lesson  title                                          progress
        ──────  ─────────────────────────────────────────────  ────────────
        ports   Publish a port on the host's loopback address  2 of 3 tasks
        初めて  First\x1b[2J
        "#);
    }

    #[test]
    fn a_cell_that_does_not_fit_wraps() {
        insta::assert_snapshot!(lessons(60), @r#"
        lesson  title                                   progress
        ──────  ──────────────────────────────────────  ────────────
        ports   Publish a port on the host's loopback   2 of 3 tasks
                address
        初めて  First\x1b[2J
        "#);
    }

    #[test]
    fn a_narrow_terminal_gets_one_item_a_block() {
        insta::assert_snapshot!(lessons(50), @r#"
        lesson: ports
        title: Publish a port on the host's loopback
          address
        progress: 2 of 3 tasks

        lesson: 初めて
        title: First\x1b[2J
        "#);
    }
}
