//! Where a network may be: beside the engine's others, this machine's own ways, and who answers its questions for names.

use std::net::Ipv4Addr;

use rand::RngExt;

use crate::sandbox::policy::network::{ENGINES, OWN, Subnet};

/// A subnet that overlaps with none of these: where sandboxes have theirs, or else where the engine has its own.
pub(super) fn free_subnet(taken: &[Subnet]) -> Subnet {
    let mut rng = rand::rng();
    let [first, second] = ENGINES;
    for range in [OWN, first, second] {
        for _ in 0..1000 {
            let subnet = range.part(rng.random());
            if !taken.iter().any(|taken| taken.overlaps(&subnet)) {
                return subnet;
            }
        }
    }
    OWN.part(rng.random())
}

/// Who answers this machine's questions for names; empty where that cannot be read.
pub(super) fn name_servers() -> Vec<Subnet> {
    // Where the first names a server on this machine, that one asks those in the second.
    const FILES: [&str; 2] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
    let texts = FILES.map(|path| std::fs::read_to_string(path).unwrap_or_default());
    texts
        .iter()
        .flat_map(|text| read_name_servers(text))
        .collect()
}

fn read_name_servers(text: &str) -> Vec<Subnet> {
    let address = |line: &str| {
        let address = line.trim().strip_prefix("nameserver")?.trim();
        Some(Subnet::new(address.parse().ok()?, 32))
    };
    text.lines().filter_map(address).collect()
}

/// Where this machine sends its own traffic; empty where that cannot be read. The way to everywhere else is no way to a
/// network.
pub(super) fn routes() -> Vec<Subnet> {
    let table = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    read_routes(&table)
}

fn read_routes(table: &str) -> Vec<Subnet> {
    let address = |text: &str| {
        let number = u32::from_str_radix(text, 16).ok()?;
        Some(Ipv4Addr::from(number.swap_bytes()))
    };
    let bridge = |name: &str| name.starts_with("docker") || name.starts_with("br-");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (base, mask) = (address(fields.get(1)?)?, address(fields.get(7)?)?);
            let bits = u8::try_from(u32::from(mask).leading_ones()).ok()?;
            // The engine's own networks are its own affair.
            (!bridge(fields[0])).then(|| Subnet::new(base, bits))
        })
        .filter(|subnet| !subnet.is_default_route())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_routes_are_read_without_the_engines() {
        let table = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n\
                     eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n\
                     eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n\
                     docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\n";
        let routes = read_routes(table);
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0].to_string(), "192.168.1.0/24");
    }

    #[test]
    fn a_free_subnet_is_one_that_nobody_has() {
        let half = Subnet::parse("10.64.0.0/11").unwrap();
        for _ in 0..20 {
            let free = free_subnet(&[half]);
            assert!(!free.overlaps(&half) && free.overlaps(&OWN), "{free}");
        }
        // A machine whose own network is all of 10.0.0.0/8.
        let all = Subnet::parse("10.0.0.0/8").unwrap();
        let free = free_subnet(&[all]);
        assert!(ENGINES.iter().any(|range| range.overlaps(&free)), "{free}");
    }

    #[test]
    fn name_servers_are_read_by_their_addresses() {
        let text = "# nameserver 10.0.0.9\nsearch house\nnameserver 10.255.255.53\nnameserver fe80::1%eth0\n";
        let found: Vec<String> = read_name_servers(text)
            .iter()
            .map(Subnet::to_string)
            .collect();
        assert_eq!(found, ["10.255.255.53/32"]);
    }
}
