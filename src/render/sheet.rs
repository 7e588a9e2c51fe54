//! Blocks one below the other, with blank lines between them and margins at their left.

use super::Indent;

/// A page that grows downwards.
#[derive(Default)]
pub(super) struct Sheet {
    out: String,
    margins: Vec<Margin>,
    gap: bool,
    /// Whether something was printed and taken.
    printed: bool,
}

/// What a quote or a list's item puts before its lines.
struct Margin {
    /// Before its first line, until that is printed.
    first: Option<String>,
    rest: String,
}

impl Sheet {
    /// Adds a margin inside the others. A blank line that is due comes before it.
    pub(super) fn indent(&mut self, first: Option<String>, rest: String) {
        self.separate();
        self.margins.push(Margin { first, rest });
    }

    /// Takes the innermost margin away; one that was never printed is printed alone.
    pub(super) fn outdent(&mut self) {
        if self.is_at_item_start() {
            self.block(|indent| format!("{}\n", indent.first.trim_end()));
        }
        self.margins.pop();
    }

    /// Says whether a blank line comes before the next block.
    pub(super) fn gap(&mut self, due: bool) {
        self.gap = due;
    }

    /// Asks for a blank line before the next block, unless it is the first of a page or an item.
    pub(super) fn keep_clear(&mut self) {
        self.gap |= !self.is_at_item_start();
    }

    /// Prints a block, with a blank line before it where one is due.
    pub(super) fn block(&mut self, lay_out: impl FnOnce(Indent<'_>) -> String) {
        self.separate();
        let margins = self.margins.iter_mut();
        let first: String = margins
            .map(|margin| margin.first.take().unwrap_or_else(|| margin.rest.clone()))
            .collect();
        let rest = rests(&self.margins);
        let indent = Indent {
            first: &first,
            rest: &rest,
        };
        self.out.push_str(&lay_out(indent));
    }

    /// Everything printed since the last time, with the blank line that is due after it.
    pub(super) fn take(&mut self) -> String {
        self.separate();
        self.printed |= !self.out.is_empty();
        std::mem::take(&mut self.out)
    }

    fn is_at_item_start(&self) -> bool {
        let innermost = self.margins.last();
        innermost.is_some_and(|margin| margin.first.is_some())
    }

    /// A blank line shows no mark that still waits for its first line.
    fn separate(&mut self) {
        if std::mem::take(&mut self.gap) && (self.printed || !self.out.is_empty()) {
            let waiting = self
                .margins
                .iter()
                .position(|margin| margin.first.is_some());
            let printed = &self.margins[..waiting.unwrap_or(self.margins.len())];
            self.out.push_str(rests(printed).trim_end());
            self.out.push('\n');
        }
    }
}

fn rests(margins: &[Margin]) -> String {
    margins.iter().map(|margin| margin.rest.as_str()).collect()
}
