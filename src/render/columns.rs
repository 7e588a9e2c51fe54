//! Rows in aligned columns; where they do not fit, cells wrap, and on a narrow terminal each row becomes a block of lines.

use super::{Glyphs, Indent, Role, Span, Style, width, wrapped};

/// One cell: its text in pieces.
pub type Cell = Vec<Span>;

/// Columns between two columns.
const GAP: usize = 2;

/// Below this width a table that does not fit becomes blocks: wrapped cells would be slivers.
const NARROW: usize = 60;

/// A wrapped column keeps at least this many columns.
const SLIVER: usize = 12;

/// Lays rows out under their headers, shortening nothing.
pub fn columns(headers: &[Cell], rows: &[Vec<Cell>], indent: Indent<'_>, style: &Style) -> String {
    let room = style.width.saturating_sub(width(indent.rest));
    let aligns = style.glyphs != Glyphs::Words;
    match widths(headers, rows, room, style.width < NARROW).filter(|_| aligns) {
        Some(widths) => aligned(headers, rows, &widths, indent, style),
        None => blocks(headers, rows, indent, style),
    }
}

/// Each column's width, or `None` where no layout side by side is worth reading.
fn widths(headers: &[Cell], rows: &[Vec<Cell>], room: usize, narrow: bool) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = (0..headers.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .chain(&headers[column..=column])
                .map(|cell| natural(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let least: Vec<usize> = (0..headers.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            let word = cells
                .chain(&headers[column..=column])
                .map(|cell| longest_word(cell))
                .max();
            word.unwrap_or(0).max(SLIVER).min(widths[column])
        })
        .collect();
    let gaps = GAP * headers.len().saturating_sub(1);
    loop {
        let over = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        if over == 0 {
            return Some(widths);
        }
        if narrow {
            return None;
        }
        let widest = (0..widths.len())
            .filter(|&column| widths[column] > least[column])
            .max_by_key(|&column| widths[column])?;
        widths[widest] -= 1;
    }
}

fn flat(cell: &[Span]) -> String {
    cell.iter().map(Span::text).collect()
}

fn natural(cell: &[Span]) -> usize {
    flat(cell).lines().map(width).max().unwrap_or(0)
}

fn longest_word(cell: &[Span]) -> usize {
    flat(cell).split_whitespace().map(width).max().unwrap_or(0)
}

fn aligned(
    headers: &[Cell],
    rows: &[Vec<Cell>],
    widths: &[usize],
    indent: Indent<'_>,
    style: &Style,
) -> String {
    let heads: Vec<Cell> = headers.iter().map(|cell| strong(cell)).collect();
    let mut out = row(&heads, widths, indent.first, indent.rest, style);
    let lines: Vec<Cell> = widths
        .iter()
        .map(|&width| vec![Span::new(Role::Dim, &style.glyphs.rule().repeat(width))])
        .collect();
    out.push_str(&row(&lines, widths, indent.rest, indent.rest, style));
    for cells in rows {
        out.push_str(&row(cells, widths, indent.rest, indent.rest, style));
    }
    out
}

fn strong(cell: &[Span]) -> Cell {
    vec![Span::new(Role::Strong, &flat(cell))]
}

/// One row, as many lines high as its highest cell.
fn row(cells: &[Cell], widths: &[usize], first: &str, rest: &str, style: &Style) -> String {
    let broken: Vec<Vec<(String, usize)>> = widths
        .iter()
        .enumerate()
        .map(|(column, &room)| {
            cells
                .get(column)
                .map_or(Vec::new(), |cell| lines(cell, room, style))
        })
        .collect();
    let height = broken.iter().map(Vec::len).max().unwrap_or(0);
    let mut out = String::new();
    for line in 0..height {
        let mut text = String::from(if line == 0 { first } else { rest });
        let mut missing = 0;
        for (column, &room) in widths.iter().enumerate() {
            let (painted, used) = broken[column]
                .get(line)
                .map_or(("", 0), |(text, used)| (text, *used));
            if used > 0 {
                text.push_str(&" ".repeat(missing));
                text.push_str(painted);
                missing = 0;
            }
            missing += room.saturating_sub(used) + GAP;
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// A cell's lines with the columns each takes: wrapped twice, because a painted line cannot be measured.
fn lines(cell: &[Span], room: usize, style: &Style) -> Vec<(String, usize)> {
    let narrow = Style {
        width: room,
        ..*style
    };
    let colourless = Style {
        color: super::Color::Never,
        ..narrow
    };
    let painted = wrapped(cell, Indent::default(), &narrow);
    let bare = wrapped(cell, Indent::default(), &colourless);
    painted
        .lines()
        .zip(bare.lines())
        .map(|(painted, bare)| (painted.to_owned(), width(bare)))
        .collect()
}

fn blocks(headers: &[Cell], rows: &[Vec<Cell>], indent: Indent<'_>, style: &Style) -> String {
    let mut out = String::new();
    let hanging = format!("{}  ", indent.rest);
    for (number, cells) in rows.iter().enumerate() {
        if number > 0 {
            out.push_str(indent.rest.trim_end());
            out.push('\n');
        }
        for (column, cell) in cells.iter().enumerate() {
            if flat(cell).is_empty() {
                continue;
            }
            let label = headers
                .get(column)
                .map(|header| flat(header))
                .unwrap_or_default();
            let mut spans = Vec::new();
            if !label.is_empty() {
                spans.push(Span::new(Role::Strong, &format!("{label}: ")));
            }
            spans.extend_from_slice(cell);
            let first = if out.is_empty() {
                indent.first
            } else {
                indent.rest
            };
            out.push_str(&wrapped(
                &spans,
                Indent {
                    first,
                    rest: &hanging,
                },
                style,
            ));
        }
    }
    out
}
