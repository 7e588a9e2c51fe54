//! Waiting for something to hold: polling with a deadline and a stability window, never a sleep.

use std::time::{Duration, Instant};

use crate::course::value::Span;

use super::subject::Trouble;
use super::verdict::Verdict;

/// How long to wait, and how long it must then go on holding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) within: Duration,
    pub(crate) hold: Duration,
}

impl Patience {
    pub(crate) fn new(within: Option<Span>, hold: Option<Span>) -> Self {
        let span = |span: Option<Span>| span.map_or(Duration::ZERO, |span| span.0);
        Self {
            within: span(within),
            hold: span(hold),
        }
    }
}

/// Between two looks at first. After a second it is a twentieth of the time waited so far: what is asked in vain stands in
/// the learner's own log.
const LEAST: Duration = Duration::from_millis(50);

/// What one look gave.
pub(crate) enum Look {
    /// A verdict that may still change.
    Now(Verdict),
    /// A verdict that no waiting changes.
    Final(Verdict),
}

/// Looks until it holds for as long as asked, or the time is up; gives the last verdict.
pub(crate) async fn settle(
    patience: Patience,
    mut look: impl AsyncFnMut() -> Result<Look, Trouble>,
) -> Result<Verdict, Trouble> {
    let began = Instant::now();
    let mut holds_since: Option<Instant> = None;
    let mut pause = Duration::from_millis(5);
    loop {
        match look().await? {
            Look::Final(verdict) => return Ok(verdict),
            Look::Now(Verdict::Pass) => {
                let since = *holds_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= patience.hold {
                    return Ok(Verdict::Pass);
                }
            }
            Look::Now(verdict) => {
                holds_since = None;
                if began.elapsed() >= patience.within {
                    return Ok(verdict);
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LEAST.max(began.elapsed() / 20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Cause;

    fn fail() -> Verdict {
        Verdict::Fail(Cause::new("not yet"))
    }

    #[tokio::test]
    async fn it_waits_until_it_holds() {
        let mut looks = 0;
        let patience = Patience {
            within: Duration::from_secs(60),
            hold: Duration::ZERO,
        };
        let verdict = settle(patience, async || {
            looks += 1;
            Ok(Look::Now(if looks == 3 { Verdict::Pass } else { fail() }))
        });
        assert_eq!(verdict.await, Ok(Verdict::Pass));
        assert_eq!(looks, 3);
    }

    #[tokio::test]
    async fn without_patience_one_look_decides() {
        let mut looks = 0;
        let verdict = settle(Patience::default(), async || {
            looks += 1;
            Ok(Look::Now(fail()))
        });
        assert_eq!(verdict.await, Ok(fail()));
        assert_eq!(looks, 1);
    }

    #[tokio::test]
    async fn what_is_final_ends_the_wait() {
        let patience = Patience {
            within: Duration::from_secs(3600),
            hold: Duration::ZERO,
        };
        assert_eq!(
            settle(patience, async || Ok(Look::Final(fail()))).await,
            Ok(fail())
        );
    }

    #[tokio::test]
    async fn what_stops_holding_inside_the_window_does_not_pass() {
        let mut looks = 0;
        let patience = Patience {
            within: Duration::from_millis(1),
            hold: Duration::from_secs(3600),
        };
        let verdict = settle(patience, async || {
            looks += 1;
            Ok(Look::Now(if looks < 3 { Verdict::Pass } else { fail() }))
        });
        assert_eq!(verdict.await, Ok(fail()));
    }
}
