//! A piece of text with one look.

use std::rc::Rc;

use super::{Role, Style};
use crate::text;

/// A piece of text with one look, neutralised when made: nothing in it can reach the terminal as an escape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    text: String,
    role: Role,
    url: Option<Rc<str>>,
}

impl Span {
    /// Text in a role's look. Line breaks stay and force a new line when wrapped.
    pub fn new(role: Role, text: &str) -> Self {
        Self {
            text: text::inert(text).into_owned(),
            role,
            url: None,
        }
    }

    /// Text with no look of its own.
    pub fn plain(text: &str) -> Self {
        Self::new(Role::Plain, text)
    }

    /// Makes it lead to an address.
    #[must_use]
    pub fn leading_to(mut self, url: &str) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Its text, without a look.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it means.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Another text with the same look; the old text, which may be long, is not copied.
    pub(super) fn with_text(&self, text: String) -> Self {
        Self {
            text,
            role: self.role,
            url: self.url.clone(),
        }
    }

    pub(super) fn push_str(&mut self, more: &str) {
        self.text.push_str(more);
    }

    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.role == other.role && self.url == other.url
    }

    pub(super) fn painted(&self, style: &Style) -> String {
        match &self.url {
            Some(url) => style.link(self.role, &self.text, url),
            None => style.paint(self.role, &self.text),
        }
    }
}
