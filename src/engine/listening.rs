//! The ports a container listens on, read from the kernel's own tables.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::reach::is_about_an_ended_peer;
use super::{ContainerFacts, DialHelper, Engine, EngineError, State, locality};

/// Where docker's own name server sits in every container on a named network.
const DOCKER_DNS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));

/// Two small files; a helper container has this long to print them.
const LIMIT: Duration = Duration::from_secs(20);

/// A TCP socket that accepts connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// The address it is bound to; any address is `0.0.0.0`, also for IPv6.
    pub ip: IpAddr,
    /// The port.
    pub port: u16,
}

impl Engine {
    /// The TCP listeners in a container's network namespace, sorted, each once; empty when it does not run.
    pub async fn listening(
        &self,
        container_id: &str,
        helper: &DialHelper,
    ) -> Result<Vec<Listener>, EngineError> {
        let facts = self.inspect(container_id).await?;
        if facts.state != State::Running {
            return Ok(Vec::new());
        }
        let tables = match tables_on_this_machine(&facts) {
            Some(tables) => tables,
            None => {
                let words = ["cat", "/proc/net/tcp", "/proc/net/tcp6"];
                let spec = helper.spec(&facts.id, words.map(str::to_owned).to_vec());
                // A kernel without IPv6 has only the first file: the exit code says nothing.
                match self.run(&spec, None, LIMIT, 4 << 20).await {
                    Err(error) if is_about_an_ended_peer(&error) => return Ok(Vec::new()),
                    report => report?.stdout,
                }
            }
        };
        Ok(listeners(&tables))
    }
}

fn tables_on_this_machine(facts: &ContainerFacts) -> Option<String> {
    let folder = locality::proc_of(facts.pid, &facts.id)?;
    let tcp = std::fs::read_to_string(folder.join("net/tcp")).ok()?;
    let tcp6 = std::fs::read_to_string(folder.join("net/tcp6")).unwrap_or_default();
    Some(tcp + &tcp6)
}

fn listeners(tables: &str) -> Vec<Listener> {
    let mut found: Vec<Listener> = tables
        .lines()
        .filter_map(listener)
        .filter(|listener| listener.ip != DOCKER_DNS)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// One line of `/proc/net/tcp{,6}`: `sl local_address rem_address st …`, addresses in host-order words.
fn listener(line: &str) -> Option<Listener> {
    const LISTEN: &str = "0A";
    let mut fields = line.split_whitespace().skip(1);
    let local = fields.next()?;
    if fields.nth(1)? != LISTEN {
        return None;
    }
    let (address, port) = local.split_once(':')?;
    let words: Vec<[u8; 4]> = (0..address.len() / 8)
        .map(|i| {
            u32::from_str_radix(address.get(i * 8..i * 8 + 8)?, 16)
                .ok()
                .map(u32::to_ne_bytes)
        })
        .collect::<Option<_>>()?;
    let ip = match words.as_slice() {
        [word] => IpAddr::V4(Ipv4Addr::from(*word)),
        [_, _, _, _] => {
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            // `::ffff:1.2.3.4` is the IPv4 address; `::` counts as any.
            match Ipv6Addr::from(bytes) {
                Ipv6Addr::UNSPECIFIED => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                ip => ip.to_canonical(),
            }
        }
        _ => return None,
    };
    Some(Listener {
        ip,
        port: u16::from_str_radix(port, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, sh};
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0B00007F:A3C1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3
   3: 020011AC:1F90 010011AC:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 5
";

    #[test]
    fn tcp_and_tcp6_are_one_connections_and_dockers_dns_are_none() {
        let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!(
            listeners(TABLE),
            [
                Listener {
                    ip: any,
                    port: 8080
                },
                Listener {
                    ip: loopback,
                    port: 53
                }
            ]
        );
    }

    #[tokio::test]
    async fn this_machine_and_a_helper_container_see_the_same() {
        let bench = Bench::new().await;
        let id = bench
            .start(&sh("httpd -p 127.0.0.1:9090; exec httpd -f -p 8080"))
            .await;
        let helper = bench.helper();
        let listeners_now = async || bench.engine.listening(&id, &helper).await.unwrap();
        bench.until(async || listeners_now().await.len() == 2).await;
        let facts = bench.engine.inspect(&id).await.unwrap();
        let words = ["cat", "/proc/net/tcp", "/proc/net/tcp6"]
            .map(str::to_owned)
            .to_vec();
        let spec = helper.spec(&facts.id, words);
        let inside = bench
            .engine
            .run(&spec, None, LIMIT, 1 << 20)
            .await
            .unwrap()
            .stdout;
        assert_eq!(listeners_now().await, listeners(&inside));
    }
}
