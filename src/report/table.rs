//! Rows in columns, aligned by display width; on a narrow terminal one block an item.

use crate::render::{Role, Style, width};
use crate::text::inert_line;

/// Renders rows under headers. Nothing is shortened.
pub fn table(headers: &[&str], rows: &[Vec<String>], style: &Style) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| inert_line(cell).into_owned())
                .collect()
        })
        .collect();
    let widths: Vec<usize> = headers
        .iter()
        .enumerate()
        .map(|(column, header)| {
            rows.iter()
                .map(|row| width(&row[column]))
                .chain([width(header)])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let whole: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    if whole > style.width {
        return blocks(headers, &rows, style);
    }
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    let mut out = format!("{}\n", style.paint(Role::Dim, &line(&head)));
    for row in &rows {
        out.push_str(&format!("{}\n", line(row)));
    }
    out
}

fn blocks(headers: &[&str], rows: &[Vec<String>], style: &Style) -> String {
    let mut out = String::new();
    for row in rows {
        out.push_str(&format!("{}\n", style.paint(Role::Strong, &row[0])));
        for (header, cell) in headers
            .iter()
            .zip(row)
            .skip(1)
            .filter(|(_, cell)| !cell.is_empty())
        {
            out.push_str(&format!("  {header}: {cell}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        vec![
            vec!["caching".into(), "✓".into()],
            vec!["ports".into(), "12".into()],
        ]
    }

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let shown = table(&["lesson", "n"], &rows(), &Style::default());
        assert_eq!(shown, "lesson   n\ncaching  ✓\nports    12\n");
    }

    #[test]
    fn a_narrow_terminal_gets_blocks_and_loses_nothing() {
        let style = Style {
            width: 8,
            ..Style::default()
        };
        assert_eq!(
            table(&["lesson", "n"], &rows(), &style),
            "caching\n  n: ✓\nports\n  n: 12\n"
        );
    }
}
