//! Who reaches whom: a name and a port, tried from where a container stands, with the names it can resolve.

use std::time::Duration;

use super::reach::is_about_an_ended_peer;
use super::{ContainerSpec, DialHelper, Engine, EngineError};

/// What a connection attempt met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knock {
    /// Somebody listens.
    Open,
    /// The host is there, and nobody listens.
    Refused,
    /// The name means nothing there.
    Unresolved,
    /// No answer, or no way.
    Unreachable,
    /// The container that was to knock does not run.
    NotRunning,
}

/// How long the container that knocks may take beside the connection itself.
const START: Duration = Duration::from_secs(20);

/// How long a name server may take. The engine's own answers for containers at once; for a name that no container has it
/// asks others, which may be out of reach.
const RESOLVE: Duration = Duration::from_secs(2);

impl Engine {
    /// Tries to connect to `host` and `port` from the network namespace of a container, which brings its name server and
    /// its `/etc/hosts` along.
    pub async fn knock(
        &self,
        container_id: &str,
        host: &str,
        port: u16,
        helper: &DialHelper,
    ) -> Result<Knock, EngineError> {
        // The name comes first: where nobody answers for it, that is told before the time for the connection is over.
        let seconds = helper.timeout.as_secs().max(1) + RESOLVE.as_secs();
        // `-e` runs its program once connected, and only then.
        let script = format!(r#"exec nc -w {seconds} "$1" {port} -e sh -c 'echo {CONNECTED} >&2'"#);
        let words = ["sh", "-c", &script, "sh", host].map(str::to_owned);
        let resolve = format!("timeout:{} attempts:1", RESOLVE.as_secs());
        let spec = ContainerSpec {
            env: vec![("RES_OPTIONS".to_owned(), resolve)],
            ..helper.spec(container_id, words.to_vec())
        };
        match self.run(&spec, None, helper.timeout + START, 4096).await {
            Err(error) if is_about_an_ended_peer(&error) => Ok(Knock::NotRunning),
            report => Ok(met(&report?.stderr)),
        }
    }
}

const CONNECTED: &str = "sealegs-connected";

fn met(said: &str) -> Knock {
    let said = said.to_lowercase();
    if said.contains(CONNECTED) {
        Knock::Open
    } else if said.contains("refused") {
        Knock::Refused
    } else if said.contains("bad address") {
        Knock::Unresolved
    } else {
        Knock::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::super::{Network, NetworkSpec};
    use super::*;

    #[tokio::test]
    async fn who_is_reached_depends_on_where_one_stands() {
        let bench = Bench::new().await;
        let network = NetworkSpec {
            name: bench.run.name("knock"),
            labels: bench.run.labels(),
            internal: false,
        };
        bench.engine.create_network(&network).await.unwrap();
        let serves = ContainerSpec {
            network: Network::Named(network.name.clone()),
            aliases: vec!["web".to_owned()],
            ..bench.spec(&sh("exec httpd -f -p 80"))
        };
        let web = bench.engine.create(&serves).await.unwrap();
        bench.engine.start(&web).await.unwrap();
        let elsewhere = bench.start_on_bridge(&sh("sleep 1000")).await;
        let alone = bench.start(&sh("sleep 1000")).await;
        let helper = bench.helper();
        let knock = async |from: &str, host: &str, port| {
            bench.engine.knock(from, host, port, &helper).await.unwrap()
        };
        bench
            .until(async || knock(&web, "web", 80).await == Knock::Open)
            .await;
        assert_eq!(knock(&web, "web", 81).await, Knock::Refused);
        assert_eq!(knock(&elsewhere, "web", 80).await, Knock::Unresolved);
        assert_eq!(knock(&alone, "10.1.2.3", 80).await, Knock::Unreachable);
        bench.engine.remove(&web).await.unwrap();
    }
}
