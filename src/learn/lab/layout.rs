//! Where everything is on a screen of a given size.

use ratatui::layout::Rect;

/// The screen on which the lab has room.
const COLUMNS: u16 = 100;
const LINES: u16 = 24;

/// The lesson is no narrower, and no wider than can be read well.
const LESSON: (u16, u16) = (44, 79);

/// The picture is no lower, and no higher than is of use.
const PICTURE: (u16, u16) = (8, 20);

/// Whether a screen of this size has room for the lab.
pub fn fits(columns: usize, lines: usize) -> bool {
    columns >= usize::from(COLUMNS) && lines >= usize::from(LINES)
}

/// The panes without their titles, each of which is the line above its pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) screen: Rect,
    pub(super) lesson: Rect,
    pub(super) tasks: Rect,
    pub(super) shell: Rect,
    pub(super) picture: Rect,
    /// The line at the bottom.
    pub(super) keys: Rect,
    /// The column between both sides; `None` where only one side has room.
    pub(super) bar: Option<u16>,
}

impl Layout {
    /// On a screen of this size, where the tasks would like this many lines. The right side does not depend on it, so that a
    /// program in the shell is not disturbed.
    pub(super) fn of(columns: u16, lines: u16, tasks: u16) -> Self {
        let screen = Rect::new(0, 0, columns, lines);
        let body = lines.saturating_sub(1);
        let keys = Rect::new(0, body, columns, lines - body);
        if !fits(columns.into(), lines.into()) {
            let room = body.saturating_sub(1);
            let tasks = tasks
                .clamp(1, (room * 2 / 5).max(1))
                .min(room.saturating_sub(2));
            let lesson = Rect::new(0, 1, columns, room.saturating_sub(tasks + 1));
            return Self {
                screen,
                lesson,
                tasks: Rect::new(0, lesson.bottom() + 1, columns, tasks),
                shell: Rect::new(0, 1, columns, room),
                picture: Rect::default(),
                keys,
                bar: None,
            };
        }
        let left = (columns * 2 / 5).clamp(LESSON.0, LESSON.1);
        let tasks = tasks.clamp(1, body * 3 / 5);
        // A column of air before the bar.
        let text = left - 1;
        let lesson = Rect::new(0, 1, text, body - tasks - 2);
        let right = left + 1;
        let picture = (lines * 3 / 10).clamp(PICTURE.0, PICTURE.1);
        let shell = Rect::new(right, 1, columns - right, body - picture - 2);
        Self {
            screen,
            lesson,
            tasks: Rect::new(0, lesson.bottom() + 1, text, tasks),
            shell,
            picture: Rect::new(right, shell.bottom() + 1, columns - right, picture),
            keys,
            bar: Some(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_panes_fit_and_none_covers_another() {
        for (columns, lines) in [(100, 24), (100, 30), (120, 40), (200, 60), (300, 100)] {
            for tasks in [0, 5, 500] {
                let layout = Layout::of(columns, lines, tasks);
                let panes = [
                    layout.lesson,
                    layout.tasks,
                    layout.shell,
                    layout.picture,
                    layout.keys,
                ];
                for (index, pane) in panes.iter().enumerate() {
                    assert!(pane.area() > 0, "{columns}×{lines}: {layout:?}");
                    assert_eq!(pane.intersection(layout.screen), *pane);
                    for other in &panes[index + 1..] {
                        assert!(!pane.intersects(*other), "{columns}×{lines}: {layout:?}");
                    }
                }
                assert_eq!(layout.shell, Layout::of(columns, lines, 0).shell);
            }
        }
    }

    #[test]
    fn a_small_screen_shows_one_side_and_a_tiny_one_does_no_harm() {
        let layout = Layout::of(80, 24, 9);
        assert_eq!((layout.bar, layout.shell), (None, Rect::new(0, 1, 80, 22)));
        assert_eq!((layout.lesson.height, layout.tasks.height), (13, 8));
        for (columns, lines) in [(1, 1), (0, 0), (3, 2)] {
            let layout = Layout::of(columns, lines, 9);
            assert_eq!(layout.keys.intersection(layout.screen), layout.keys);
        }
    }
}
