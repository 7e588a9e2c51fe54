//! The lab on a screen. Everything was put into its place before; here it is drawn.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Widget as _};
use tui_term::widget::{Cursor, PseudoTerminal};

use super::panes::{Part, more};
use super::{Focus, Lab, Pane};
use crate::render;

impl Lab {
    /// Draws everything, and puts the cursor where the shell has it.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let shows = |side: Focus| self.layout.bar.is_some() || self.focus == side;
        if shows(Focus::Lesson) {
            self.put(Pane::Lesson, buffer);
            self.put(Pane::Tasks, buffer);
        }
        if shows(Focus::Shell) {
            self.put(Pane::Shell, buffer);
            self.put(Pane::Picture, buffer);
        }
        self.bar(buffer);
        (&self.panes.keys).render(self.layout.keys.intersection(area), buffer);
        if self.style.color == render::Color::Never {
            colourless(buffer);
        }
        if let Some(at) = self.cursor().filter(|at| area.contains(*at)) {
            frame.set_cursor_position(at);
        }
    }

    fn put(&self, pane: Pane, buffer: &mut Buffer) {
        let (index, place, part) = match pane {
            Pane::Lesson => (0, self.layout.lesson, Some(&self.panes.lesson)),
            Pane::Tasks => (1, self.layout.tasks, Some(&self.panes.tasks)),
            Pane::Shell => (2, self.layout.shell, None),
            Pane::Picture => (3, self.layout.picture, Some(&self.panes.picture)),
        };
        let place = place.intersection(buffer.area);
        if place.is_empty() {
            return;
        }
        self.title(&self.panes.titles[index], pane, place, buffer);
        match part {
            Some(part) => self.lines(part, place, buffer),
            None => self.terminal(place, buffer),
        }
    }

    /// A line with the pane's name in it, above the pane.
    fn title(&self, title: &str, pane: Pane, place: Rect, buffer: &mut Buffer) {
        let rule = self.style.glyphs.rule();
        let has_keys = self.moved() == Some(pane);
        let mark = self.style.glyphs.either("▸", ">");
        let (mark, look) = match (has_keys, pane == Pane::Shell && self.focus == Focus::Shell) {
            (true, _) => (
                mark,
                Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
            ),
            (_, true) => (mark, Style::new().add_modifier(Modifier::BOLD)),
            _ => (rule, Style::new()),
        };
        let wide = match self.layout.bar {
            Some(bar) if place.x < bar => bar - place.x,
            _ => place.width,
        };
        let line = Rect::new(place.x, place.y.saturating_sub(1), wide, 1);
        let dim = Style::new().add_modifier(Modifier::DIM);
        let whole = rule.repeat(usize::from(line.width));
        buffer.set_stringn(line.x, line.y, whole, line.width.into(), dim);
        let room = usize::from(line.width.saturating_sub(2));
        buffer.set_stringn(line.x + 1, line.y, format!("{mark} {title} "), room, look);
    }

    fn lines(&self, part: &Part, place: Rect, buffer: &mut Buffer) {
        let shown: Vec<Line<'_>> = part
            .lines
            .iter()
            .skip(part.at)
            .take(place.height.into())
            .cloned()
            .collect();
        Paragraph::new(shown).render(place, buffer);
        let below = part.below(place.height);
        if below > 0 {
            let said = more(below, &self.style);
            let wide = u16::try_from(said.width()).unwrap_or(place.width);
            let x = place.right().saturating_sub(wide).max(place.x);
            let look = Style::new().add_modifier(Modifier::BOLD);
            buffer.set_stringn(
                x,
                place.y.saturating_sub(1),
                said.content,
                place.width.into(),
                look,
            );
        }
    }

    fn terminal(&self, place: Rect, buffer: &mut Buffer) {
        if let Some(reason) = &self.instead {
            let said = crate::render::Span::plain(reason);
            let style = render::Style {
                width: place.width.into(),
                ..render::Style::default()
            };
            let text = crate::render::wrapped(&[said], crate::render::Indent::default(), &style);
            return Paragraph::new(super::ink::lines(&text)).render(place, buffer);
        }
        // The terminal's own cursor is used.
        let cursor = Cursor::default().visibility(false);
        PseudoTerminal::new(self.shell.screen())
            .cursor(cursor)
            .render(place, buffer);
    }

    /// The line between both sides.
    fn bar(&self, buffer: &mut Buffer) {
        let Some(x) = self.layout.bar else { return };
        let down = self.style.glyphs.either("│", "|");
        let dim = Style::new().add_modifier(Modifier::DIM);
        for y in 0..self.layout.keys.y.min(buffer.area.height) {
            buffer.set_stringn(x, y, down, 1, dim);
        }
    }

    fn cursor(&self) -> Option<Position> {
        let screen = self.shell.screen();
        let is_seen = self.focus == Focus::Shell
            && self.instead.is_none()
            && !screen.hide_cursor()
            && screen.scrollback() == 0;
        let (line, column) = screen.cursor_position();
        let place = self.layout.shell;
        let inside = line < place.height;
        let column = column.min(place.width.saturating_sub(1));
        (is_seen && inside).then(|| Position::new(place.x + column, place.y + line))
    }
}

/// Takes all colours away; what is bold or underlined stays so.
fn colourless(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        cell.fg = Color::Reset;
        cell.bg = Color::Reset;
    }
}
