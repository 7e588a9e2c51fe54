//! The `network` kind: a network that the learner made, and who reaches whom.

use crate::course::spec::{Met, NetworkCheck, ReachMatch};
use crate::engine::{Knock, NetworkFacts, State};
use crate::outcome::Cause;
use crate::text::tick;

use super::nonce::Nonce;
use super::patience::{Look, settle};
use super::scene::{Lacking, Scene};
use super::subject::Trouble;
use super::verdict::{Comparison, Verdict, text, texts};

/// One attempt of the matrix and what it met.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt<'a> {
    pub(crate) asked: &'a ReachMatch,
    pub(crate) met: Knock,
}

pub(super) async fn check(
    spec: &NetworkCheck,
    scene: &Scene<'_>,
    nonce: &Nonce,
) -> Result<Verdict, Lacking> {
    let live = scene.live()?;
    let look = async || {
        let network = match &spec.name {
            Some(name) => Some(live.network(name).await?),
            None => None,
        };
        if let Verdict::Fail(cause) = judge(spec, network.as_ref(), nonce) {
            return Ok(Look::Now(Verdict::Fail(cause)));
        }
        match attempts(spec, scene).await {
            Ok(attempts) => Ok(Look::Now(judge_reach(&attempts))),
            Err(Lacking::Trouble(trouble)) => Ok(Look::Now(trouble.into())),
            Err(Lacking::NotInTask(what)) => {
                let said = format!("there is no {what} to look at");
                Ok(Look::Final(Verdict::Error(Cause::new(said))))
            }
        }
    };
    Ok(settle(scene.patience(spec.within, None), look).await?)
}

async fn attempts<'s>(
    spec: &'s NetworkCheck,
    scene: &Scene<'_>,
) -> Result<Vec<Attempt<'s>>, Lacking> {
    let mut found = Vec::new();
    for asked in spec.reach.iter().flatten() {
        let from = scene.live()?.container(&asked.from).await?;
        let (host, port) = asked.to.rsplit_once(':').unwrap_or((&asked.to, "0"));
        let met = match (from.state, port.parse()) {
            (State::Running, Ok(port)) => {
                let helper = scene.helper();
                let knock = scene.rig.engine.knock(&from.id, host, port, &helper);
                knock.await.map_err(Trouble::from)?
            }
            (_, Ok(_)) => Knock::NotRunning,
            (_, Err(_)) => Knock::Unreachable,
        };
        found.push(Attempt { asked, met });
    }
    Ok(found)
}

/// Judges the network; `None` where the check names none.
pub(crate) fn judge(
    spec: &NetworkCheck,
    network: Option<&Option<NetworkFacts>>,
    nonce: &Nonce,
) -> Verdict {
    let (Some(name), Some(network)) = (&spec.name, network) else {
        return Verdict::Pass;
    };
    let Some(network) = network else {
        let said = format!("there is no network {}", tick(name));
        return Verdict::Fail(Cause::new(said).see("docker network ls"));
    };
    let said = format!("the network {} is not as it should be", tick(name));
    let mut found = Comparison::new(nonce, said);
    found.look("driver", spec.driver.as_ref(), &text(&network.driver));
    let yes = |yes: bool| if yes { "internal" } else { "with a way out" };
    if let Some(expected) = spec
        .internal
        .filter(|internal| *internal != network.internal)
    {
        found.note("reach", yes(expected), yes(network.internal));
    }
    found.look("members", spec.members.as_ref(), &texts(&network.members));
    found.verdict(format!("docker network inspect {name}"))
}

/// Judges every attempt: one that met something else is a difference.
pub(crate) fn judge_reach(attempts: &[Attempt<'_>]) -> Verdict {
    let mut cause = Cause::new("the containers do not reach whom they should");
    let mut see = None;
    for Attempt { asked, met } in attempts {
        if expected(asked.expect) == *met {
            continue;
        }
        let what = format!("from {} to {}", asked.from, asked.to);
        cause = cause.differs(what, word(expected(asked.expect)), word(*met));
        let (host, port) = asked.to.rsplit_once(':').unwrap_or((&asked.to, ""));
        let from = &asked.from;
        see.get_or_insert(format!(
            "docker run --rm --network container:{from} busybox:1.37 nc -w 2 {host} {port} < /dev/null"
        ));
    }
    match see {
        Some(see) => Verdict::Fail(cause.see(see)),
        None => Verdict::Pass,
    }
}

fn expected(met: Met) -> Knock {
    match met {
        Met::Open => Knock::Open,
        Met::Refused => Knock::Refused,
        Met::Unresolved => Knock::Unresolved,
        Met::Unreachable => Knock::Unreachable,
    }
}

fn word(met: Knock) -> &'static str {
    match met {
        Knock::Open => "somebody answers",
        Knock::Refused => "the host is there and nobody listens",
        Knock::Unresolved => "the name means nothing there",
        Knock::Unreachable => "no answer",
        Knock::NotRunning => "the container that asks does not run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(yaml: &str) -> NetworkCheck {
        serde_yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn a_network_has_members_and_a_driver() {
        let network = Some(NetworkFacts {
            driver: "bridge".into(),
            members: vec!["db".into(), "web".into()],
            ..NetworkFacts::default()
        });
        let judged = |yaml: &str| judge(&spec(yaml), Some(&network), &Nonce::fixed("n"));
        let good = "{name: back, driver: bridge, internal: false, members: {contains: [db, web]}}";
        assert_eq!(judged(good), Verdict::Pass);
        let cause = judged("{name: back, internal: true, members: [db]}").into_cause();
        assert_eq!(cause.unwrap().differences.len(), 2);
        let none = judge(&spec("{name: back}"), Some(&None), &Nonce::fixed("n"));
        assert_eq!(
            none.into_cause().unwrap().rationale,
            "there is no network `back`"
        );
    }

    #[test]
    fn each_attempt_that_meets_something_else_is_told() {
        let asked = spec(
            "{reach: [{from: web, to: \"db:6379\"}, {from: edge, to: \"db:6379\", expect: unresolved}]}",
        );
        let reach = asked.reach.as_ref().unwrap();
        let met = |first, second| {
            let attempts = [(&reach[0], first), (&reach[1], second)]
                .map(|(asked, met)| Attempt { asked, met });
            judge_reach(&attempts)
        };
        assert_eq!(met(Knock::Open, Knock::Unresolved), Verdict::Pass);
        let cause = met(Knock::Refused, Knock::Open).into_cause().unwrap();
        let whats: Vec<&str> = cause
            .differences
            .iter()
            .map(|one| one.what.as_str())
            .collect();
        assert_eq!(whats, ["from web to db:6379", "from edge to db:6379"]);
        assert_eq!(cause.differences[1].found, "somebody answers");
    }
}
