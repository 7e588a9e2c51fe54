//! A request's query: every key known to its call, once, and nothing left over.

use super::Refusal;
use super::text::decoded;

/// The pairs of a query that no call has taken yet.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a raw query as Go's server would, where there is no doubt about it.
    pub(super) fn read(raw: &str) -> Result<Self, Refusal> {
        if raw.contains(';') {
            return Err(Refusal::unreadable("its query holds a semicolon"));
        }
        let word = |text: &str| decoded(&text.replace('+', " "));
        let pairs = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((word(key)?, word(value)?))
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Self { pairs })
    }

    /// Every value of a key that may be repeated.
    pub(super) fn many(&mut self, key: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.pairs)
            .into_iter()
            .partition(|(name, _)| name == key);
        self.pairs = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// The value of a key; empty where it is not there.
    pub(super) fn text(&mut self, key: &str) -> Result<String, Refusal> {
        let mut values = self.many(key);
        match values.len() {
            0 | 1 => Ok(values.pop().unwrap_or_default()),
            _ => Err(Refusal::unreadable(format!(
                "its query has `{key}` more than once"
            ))),
        }
    }

    /// The value of a key, where it is there and not empty.
    pub(super) fn filled(&mut self, key: &str) -> Result<Option<String>, Refusal> {
        Ok(Some(self.text(key)?).filter(|value| !value.is_empty()))
    }

    /// Yes or no, as the engine reads it; `None` where it is not there.
    pub(super) fn flag_or_none(&mut self, key: &str) -> Result<Option<bool>, Refusal> {
        Ok(self.filled(key)?.map(|value| {
            !matches!(
                value.trim().to_lowercase().as_str(),
                "" | "0" | "no" | "false" | "none"
            )
        }))
    }

    /// Yes or no; no where it is not there.
    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Refusal> {
        Ok(self.flag_or_none(key)?.unwrap_or(false))
    }

    /// A whole number.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.filled(key)? else {
            return Ok(None);
        };
        let number = text.parse().map_err(|_| {
            Refusal::unreadable(format!("`{key}` in its query is not a whole number"))
        })?;
        Ok(Some(number))
    }

    /// Refuses a key that only asks for what a sandbox has none of.
    pub(super) fn without(&mut self, key: &str, what: &str) -> Result<(), Refusal> {
        match self.filled(key)? {
            None => Ok(()),
            Some(_) => Err(Refusal::not_allowed(what, "leave it out")),
        }
    }

    /// Nothing may be left.
    pub(super) fn end(self) -> Result<(), Refusal> {
        match self.pairs.first() {
            None => Ok(()),
            Some((key, _)) => Err(Refusal::unreadable(format!(
                "`{}` is not known in its query",
                crate::text::inert_line(key)
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_once_and_none_may_be_left() {
        let mut query = Query::read("all=1&name=a%20b&limit=3&x=").unwrap();
        assert!(query.flag("all").unwrap());
        assert_eq!(query.text("name").unwrap(), "a b");
        assert_eq!(query.number("limit").unwrap(), Some(3));
        assert_eq!(query.filled("x").unwrap(), None);
        query.end().unwrap();
        assert!(Query::read("evil=1").unwrap().end().is_err());
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        assert!(Query::read("a=1;b=2").is_err());
        assert!(Query::read("a=%zz").is_err());
        assert!(Query::read("a=%00").is_err());
        assert!(Query::read("a=%ff").is_err());
        let mut twice = Query::read("name=a&name=b").unwrap();
        assert!(twice.text("name").is_err());
        let mut number = Query::read("t=1x").unwrap();
        assert!(number.number("t").is_err());
    }

    #[test]
    fn yes_and_no_are_the_engines() {
        for (value, expected) in [
            ("1", true),
            ("true", true),
            ("False", false),
            ("0", false),
            ("no", false),
            ("none", false),
            ("anything", true),
        ] {
            let mut query = Query::read(&format!("f={value}")).unwrap();
            assert_eq!(query.flag("f").unwrap(), expected, "{value}");
        }
    }
}
